#include "tinytorch/data/csv.h"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "tinytorch/core/error.h"
#include "tinytorch/data/detail/csv_text.h"
#include "tinytorch/data/file.h"

namespace tinytorch::data {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool is_blank(std::string_view text) {
  return text.find_first_not_of("\r\n") == std::string_view::npos;
}

}  // namespace

CsvTable CsvTable::read(const std::string& path, const CsvOptions& options) {
  const std::string content = read_data_file(path);
  std::string_view rest = content;
  if (rest.starts_with(kByteOrderMark)) rest.remove_prefix(kByteOrderMark.size());
  CsvTable table;
  table.path_ = path;
  std::int64_t line = 1;
  for (bool first = true; !is_blank(rest); first = false) {
    const std::int64_t begin = line;
    auto cells = take_record(rest, line);
    if (!cells) throw Error(concat(path, ":", begin, ": a quote of this row is never closed"));
    const auto count = static_cast<std::int64_t>(cells->size());
    if (first) table.columns_ = count;
    if (count != table.columns_) {
      throw Error(
          concat(path, ":", begin, ": ", count, " cells where line 1 has ", table.columns_));
    }
    if (first && options.has_header) {
      table.header_ = std::move(*cells);
      continue;
    }
    std::move(cells->begin(), cells->end(), std::back_inserter(table.cells_));
    table.lines_.push_back(begin);
    ++table.rows_;
  }
  if (table.rows_ == 0) throw Error(concat(path, ": has no rows"));
  return table;
}

std::int64_t CsvTable::column(const std::string& name) const {
  const auto at = std::find(header_.begin(), header_.end(), name);
  if (at != header_.end()) return at - header_.begin();
  std::string known;
  for (const std::string& column_name : header_) known += (known.empty() ? "" : ", ") + column_name;
  throw Error(concat(path_, ": no column '", name, "'; there are: ", known));
}

const std::string& CsvTable::text(std::int64_t row, std::int64_t column) const {
  if (row < 0 || row >= rows_ || column < 0 || column >= columns_) {
    throw Error(
        concat(path_, ": cell (", row, ", ", column, ") of a table of ", rows_, " × ", columns_));
  }
  return cells_[static_cast<std::size_t>(row * columns_ + column)];
}

std::string CsvTable::where(std::int64_t row) const {
  return concat(path_, ":", lines_[static_cast<std::size_t>(row)], ": ");
}

float CsvTable::number(std::int64_t row, std::int64_t column) const {
  if (const auto value = to_float(text(row, column))) return *value;
  throw Error(
      concat(where(row), "column ", column + 1, ": '", text(row, column), "' is not a number"));
}

std::int64_t CsvTable::integer(std::int64_t row, std::int64_t column) const {
  if (const auto value = to_integer(text(row, column))) return *value;
  throw Error(concat(where(row), "column ", column + 1, ": '", text(row, column),
                     "' is not a whole number"));
}

Tensor CsvTable::numbers(std::int64_t begin, std::int64_t end) const {
  if (begin < 0 || begin > end || end > columns_) {
    throw Error(concat(path_, ": columns [", begin, ", ", end, ") of ", columns_));
  }
  Tensor result(Shape{rows_, end - begin});
  float* out = result.data().data();
  for (std::int64_t row = 0; row < rows_; ++row) {
    for (std::int64_t column = begin; column < end; ++column) *out++ = number(row, column);
  }
  return result;
}

}  // namespace tinytorch::data
