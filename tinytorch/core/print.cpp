#include "tinytorch/core/print.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <ostream>

namespace tinytorch {
namespace {

constexpr std::int64_t kShown = 10;  // of one dimension
constexpr std::int64_t kEnds = 3;    // at either end of a longer one

std::string number(float value, bool whole) {
  std::array<char, 64> text{};
  const double shown = value;
  std::snprintf(text.data(), text.size(), whole ? "%.0f" : "%.4f", shown);
  return text.data();
}

class Printer {
 public:
  explicit Printer(const Tensor& tensor) : shape_(tensor.shape()), values_(tensor.data()) {
    // Beyond 1e7 four digits behind the point are noise, and floats are whole anyway.
    whole_ = std::all_of(values_.begin(), values_.end(), [](float value) {
      return !std::isfinite(value) || value == std::trunc(value);
    });
  }

  // Dimension `dim` and those below, of the part whose values start at `first`; returns the text.
  std::string block(std::int64_t dim, std::size_t first, std::size_t count) const {
    if (dim == shape_.ndim()) return number(values_[first], whole_);
    const std::int64_t size = shape_[dim];
    const std::size_t step = size == 0 ? 0 : count / static_cast<std::size_t>(size);
    // Numbers stand beside each other, rows below each other, blocks of rows a line apart.
    const std::int64_t below = shape_.ndim() - 1 - dim;
    const std::string between = below == 0
                                    ? ", "
                                    : "," + std::string(static_cast<std::size_t>(below), '\n') +
                                          std::string(static_cast<std::size_t>(dim) + 1, ' ');
    std::string text = "[";
    for (std::int64_t i = 0; i < size; ++i) {
      if (size > kShown && i == kEnds) {
        text += between + "...";
        i = size - kEnds;
      }
      if (i > 0) text += between;
      text += block(dim + 1, first + static_cast<std::size_t>(i) * step, step);
    }
    return text + "]";
  }

 private:
  const Shape& shape_;
  std::span<const float> values_;
  bool whole_ = true;
};

}  // namespace

std::string to_string(const Tensor& tensor) {
  if (!tensor.defined()) return "undefined";
  return Printer(tensor).block(0, 0, static_cast<std::size_t>(tensor.numel()));
}

std::ostream& operator<<(std::ostream& out, const Tensor& tensor) {
  return out << to_string(tensor);
}

void print(const Tensor& tensor) { std::puts(to_string(tensor).c_str()); }

}  // namespace tinytorch
