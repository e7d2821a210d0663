#include "tinytorch/data/csv.h"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "tinytorch/core/error.h"
#include "tinytorch/data/file.h"

namespace tinytorch::data {
namespace {

// Takes the next line off `rest`, without its end.
std::string_view take_line(std::string_view& rest) {
  const std::size_t end = std::min(rest.find('\n'), rest.size());
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

std::vector<std::string> split_cells(std::string_view line) {
  std::vector<std::string> cells;
  for (;;) {
    const std::size_t comma = line.find(',');
    cells.emplace_back(line.substr(0, comma));
    if (comma == std::string_view::npos) return cells;
    line.remove_prefix(comma + 1);
  }
}

template <typename Number>
bool parse(const std::string& text, Number& value) {
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value);
  return result.ec == std::errc() && result.ptr == end;
}

}  // namespace

CsvTable CsvTable::read(const std::string& path, const CsvOptions& options) {
  const std::string content = read_data_file(path);
  std::string_view rest = content;
  CsvTable table;
  table.path_ = path;
  for (std::int64_t line_number = 1; !rest.empty(); ++line_number) {
    const std::string_view line = take_line(rest);
    if (line.empty() && rest.empty()) break;
    const std::string place = concat(path, ":", line_number, ": ");
    if (line.find('"') != std::string_view::npos)
      throw Error(place + "quoted cells are not supported");
    std::vector<std::string> cells = split_cells(line);
    const auto count = static_cast<std::int64_t>(cells.size());
    if (line_number == 1) table.columns_ = count;
    if (count != table.columns_) {
      throw Error(concat(place, count, " cells where line 1 has ", table.columns_));
    }
    if (options.has_header && line_number == 1) {
      table.header_ = std::move(cells);
    } else {
      std::move(cells.begin(), cells.end(), std::back_inserter(table.cells_));
      ++table.rows_;
    }
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
  return concat(path_, ":", row + (header_.empty() ? 1 : 2), ": ");
}

float CsvTable::number(std::int64_t row, std::int64_t column) const {
  float value = 0.0f;
  if (!parse(text(row, column), value)) {
    throw Error(
        concat(where(row), "column ", column + 1, ": '", text(row, column), "' is not a number"));
  }
  return value;
}

std::int64_t CsvTable::integer(std::int64_t row, std::int64_t column) const {
  std::int64_t value = 0;
  if (!parse(text(row, column), value)) {
    throw Error(concat(where(row), "column ", column + 1, ": '", text(row, column),
                       "' is not a whole number"));
  }
  return value;
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
