#pragma once
// Tables of comma-separated values.
// Given (csv.cpp); records and numbers are read by detail/csv_text.cpp.

#include <cstdint>
#include <string>
#include <vector>

#include "tinytorch/core/tensor.h"

namespace tinytorch::data {

// Read as Python reads them: cells as csv.reader gives them for a file opened with newline="" and
// encoding="utf-8-sig", numbers as float() and int(), a float then rounded once more to float32.
//   - A row ends in LF, CRLF or CR. A cell that begins with a quote may hold commas and ends of
//     lines; two quotes in it are one. Anywhere else a quote is a character like others, and spaces
//     belong to the cell. A byte order mark before the first cell is passed over.
//   - A number may stand between white space, no-break spaces among it, begin with '+' and have the
//     digits of any script. "inf", "infinity" and "nan" are numbers in any case, and so is "1_000";
//     hexadecimal ones are not. Beyond the range of float32 lies infinity, as in
//     numpy.float32(1e39), below it 0.
// Otherwise than csv.reader: every row has the same number of cells, blank lines at the end are no
// rows, and a quote that is never closed is an Error, for the file was cut off.
struct CsvOptions {
  bool has_header = false;  // row 1 names the columns
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
  std::string where(std::int64_t row) const;  // "table.csv:12: ", the line that the row begins in

  std::string path_;
  std::vector<std::string> header_;
  std::vector<std::string> cells_;   // row-major
  std::vector<std::int64_t> lines_;  // of each row, from 1
  std::int64_t rows_ = 0;
  std::int64_t columns_ = 0;
};

}  // namespace tinytorch::data
