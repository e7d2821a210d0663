#pragma once
// Tables of comma-separated values.
// Given (csv.cpp).

#include <cstdint>
#include <string>
#include <vector>

#include "tinytorch/core/tensor.h"

namespace tinytorch::data {

// One line a row, every row with the same number of cells. Lines end in LF or CRLF; a blank last
// line is no row. Quoted cells are not supported: a quote is an error, never silently taken as
// text.
struct CsvOptions {
  bool has_header = false;  // line 1 names the columns
};

class CsvTable {
 public:
  // Reads a plain or gzip file. Throws Error "table.csv:12: 3 cells where line 1 has 4".
  static CsvTable read(const std::string& path, const CsvOptions& options = {});

  std::int64_t rows() const { return rows_; }
  std::int64_t columns() const { return columns_; }
  // Empty without a header.
  const std::vector<std::string>& header() const { return header_; }
  // The number of the column with this name. Throws Error naming the columns there are.
  std::int64_t column(const std::string& name) const;

  const std::string& text(std::int64_t row, std::int64_t column) const;
  // Throws Error "table.csv:12: column 4: 'abc' is not a number".
  float number(std::int64_t row, std::int64_t column) const;
  std::int64_t integer(std::int64_t row, std::int64_t column) const;
  // Columns [begin, end) of all rows as numbers: [rows, end − begin].
  Tensor numbers(std::int64_t begin, std::int64_t end) const;

 private:
  std::string where(std::int64_t row) const;  // "table.csv:12: "

  std::string path_;
  std::vector<std::string> header_;
  std::vector<std::string> cells_;  // row-major
  std::int64_t rows_ = 0;
  std::int64_t columns_ = 0;
};

}  // namespace tinytorch::data
