#include "tinytorch/core/print.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <ostream>

#include "tinytorch/core/error.h"

namespace tinytorch {
namespace {

constexpr std::int64_t kShown = 10;  // of one dimension
constexpr std::int64_t kEnds = 3;    // at either end of a longer one

// How the numbers of one tensor are written: all in the same way.
enum class Style { kWhole, kFixed, kScientific };

Style style_of(std::span<const float> values) {
  bool whole = true;
  float least = std::numeric_limits<float>::infinity();  // of the magnitudes that are not 0
  float largest = 0.0f;
  for (const float value : values) {
    if (!std::isfinite(value)) continue;
    whole = whole && value == std::trunc(value);
    if (value != 0.0f) least = std::min(least, std::abs(value));
    largest = std::max(largest, std::abs(value));
  }
  if (largest >= 1e8f || (!whole && least < 1e-4f)) return Style::kScientific;
  return whole ? Style::kWhole : Style::kFixed;
}

std::string number(float value, Style style) {
  std::array<char, 32> text{};
  const auto write = [&](const char* format) {
    std::snprintf(text.data(), text.size(), format, static_cast<double>(value));
  };
  if (std::isnan(value)) return "nan";  // without a sign
  if (style == Style::kWhole) write("%.0f");
  if (style == Style::kFixed) write("%.4f");
  if (style == Style::kScientific) write("%.4e");
  return text.data();
}

class Printer {
 public:
  explicit Printer(const Tensor& tensor)
      : shape_(tensor.shape()), values_(tensor.data()), style_(style_of(values_)) {}

  // Dimension `dim` and those below, of the part whose values start at `first`; returns the text.
  std::string block(std::int64_t dim, std::size_t first, std::size_t count) const {
    if (dim == shape_.ndim()) return number(values_[first], style_);
    const std::int64_t size = shape_[dim];
    const std::size_t step = size == 0 ? 0 : count / static_cast<std::size_t>(size);
    // Numbers stand beside each other, rows below each other, blocks of rows a line apart.
    const std::int64_t below = shape_.ndim() - 1 - dim;
    const std::string between =
        below == 0 ? ", "
                   : concat(",", std::string(static_cast<std::size_t>(below), '\n'),
                            std::string(static_cast<std::size_t>(dim) + 1, ' '));
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
  Style style_;
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
