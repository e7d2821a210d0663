#include "tinytorch/data/digits.h"

#include "tinytorch/core/error.h"
#include "tinytorch/data/csv.h"
#include "tinytorch/data/file.h"

namespace tinytorch::data {
namespace {

constexpr std::int64_t kPixels = 64;
constexpr std::int64_t kMaxInk = 16;
constexpr std::int64_t kClasses = 10;

std::int64_t in_range(const CsvTable& table, std::int64_t row, std::int64_t column,
                      std::int64_t limit, const std::string& path) {
  const std::int64_t value = table.integer(row, column);
  if (value < 0 || value > limit) {
    throw Error(concat(path, ":", row + 1, ": column ", column + 1, ": ", value, " is not in 0 to ",
                       limit));
  }
  return value;
}

}  // namespace

TensorDataset load_digits(const std::string& path) {
  const CsvTable table = CsvTable::read(path);
  if (table.columns() != kPixels + 1) {
    throw Error(concat(path, ": ", table.columns(), " columns; digits have 64 pixels and a label"));
  }
  Tensor inputs(Shape{table.rows(), kPixels});
  std::vector<std::int64_t> labels;
  float* out = inputs.data().data();
  for (std::int64_t row = 0; row < table.rows(); ++row) {
    for (std::int64_t pixel = 0; pixel < kPixels; ++pixel) {
      const std::int64_t ink = in_range(table, row, pixel, kMaxInk, path);
      *out++ = static_cast<float>(ink) / static_cast<float>(kMaxInk);
    }
    labels.push_back(in_range(table, row, kPixels, kClasses - 1, path));
  }
  return {std::move(inputs), std::move(labels)};
}

TensorDataset load_digits() { return load_digits(find_data_file("digits/digits.csv.gz")); }

}  // namespace tinytorch::data
