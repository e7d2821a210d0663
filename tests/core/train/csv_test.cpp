// Tables and numbers as Python reads them: the expected values were made by as_python/make.py.
#include "tinytorch/data/csv.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstdio>

#include "tests/support/expect_error.h"
#include "tests/support/temporary_file.h"
#include "tinytorch/data/detail/csv_text.h"

namespace tinytorch::data {
namespace {

using testing_support::TemporaryFile;

struct TableCase {
  const char* text;
  const char* rows;
};
constexpr auto kTables = std::to_array<TableCase>({
#include "tests/core/train/as_python/csv_cells.inc"
});

struct NumberCase {
  const char* text;
  const char* bits;
  const char* integer;
};
constexpr auto kNumbers = std::to_array<NumberCase>({
#include "tests/core/train/as_python/csv_numbers.inc"
});

std::string plain(const std::string& hex) {
  std::string text;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    text += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return text;
}

std::string hexed(const std::string& text) {
  std::string hex;
  for (const char c : text) {
    std::array<char, 3> two{};
    std::snprintf(two.data(), two.size(), "%02x", static_cast<unsigned char>(c));
    hex += two.data();
  }
  return hex.empty() ? "." : hex;
}

TEST(CsvAsPython, SplitsCells) {
  for (const TableCase& expected : kTables) {
    SCOPED_TRACE(plain(expected.text));
    const TemporaryFile file("table.csv", plain(expected.text));
    const CsvTable table = CsvTable::read(file.path());
    std::string rows;
    for (std::int64_t row = 0; row < table.rows(); ++row) {
      rows += row > 0 ? ";" : "";
      for (std::int64_t column = 0; column < table.columns(); ++column) {
        rows += (column > 0 ? "," : "") + hexed(table.text(row, column));
      }
    }
    EXPECT_EQ(rows, expected.rows);
  }
}

std::string bits(const std::optional<float>& value) {
  if (!value) return "-";
  if (std::isnan(*value)) return "nan";
  std::array<char, 9> text{};
  std::snprintf(text.data(), text.size(), "%08x", std::bit_cast<std::uint32_t>(*value));
  return text.data();
}

TEST(CsvAsPython, ReadsNumbers) {
  for (const NumberCase& expected : kNumbers) {
    const std::string text = plain(expected.text);
    EXPECT_EQ(bits(to_float(text)), expected.bits) << text;
    const auto integer = to_integer(text);
    EXPECT_EQ(integer ? std::to_string(*integer) : "-", expected.integer) << text;
  }
}

TEST(CsvAsPython, ReadsAFileAsSpreadsheetsWriteIt) {
  const TemporaryFile file(
      "table.csv", "\xEF\xBB\xBF\"name, first\",x\r\n\"O\"\"Neil\", +1.5\r\nann,1e-45\r\n\r\n");
  const CsvTable table = CsvTable::read(file.path(), {.has_header = true});
  EXPECT_EQ(table.column("name, first"), 0);
  EXPECT_EQ(table.rows(), 2);
  EXPECT_EQ(table.text(0, 0), "O\"Neil");
  EXPECT_EQ(table.number(0, 1), 1.5f);
  EXPECT_EQ(table.number(1, 1), 0x1p-149f);
}

}  // namespace
}  // namespace tinytorch::data
