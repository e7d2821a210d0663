#pragma once
// What a milestone found: a table on the terminal as it goes, results.json and pictures at its end.

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "milestones/report/chart.h"

namespace tinytorch::milestones {

// Nothing, text, a whole number or a number.
using Cell = std::variant<std::monostate, std::string, std::int64_t, double>;

struct Column {
  std::string key{};           // in results.json; empty: only on the terminal
  std::string head{};          // on the terminal, lines separated by \n
  std::size_t width = 0;       // there, in columns; 0: only in the file
  const char* pattern = "%g";  // there, of a number
  double scale = 1.0;          // there, what a number is multiplied by: 100 for percent
};

class Report {
 public:
  // Throws Error when the table would be wider than a terminal of 80 columns.
  explicit Report(std::vector<Column> columns);

  // A figure of the whole run, for results.json.
  void set(std::string key, Cell value) { facts_.emplace_back(std::move(key), std::move(value)); }
  void print_head() const;
  // Keeps a row, a cell a column, and prints it. Throws Error when a number is not finite.
  void add(std::vector<Cell> row);

  // Lines of the table. Text too wide for its column goes on below, a number is shown with as many
  // digits as fit; the first column stands left, the others right.
  std::string head() const;
  std::string line(const std::vector<Cell>& row) const;

  // {"fact": 1, "rows": [{"key": 1.5}]}: numbers as they are, to the last bit, cells with nothing
  // in them left out.
  std::string json() const;

  // results.json and the pictures under their names. Throws Error when one cannot be written.
  void write(const std::filesystem::path& folder,
             const std::vector<std::pair<std::string, Chart>>& pictures) const;

 private:
  std::string lay_out(const std::vector<std::string>& cells) const;

  std::vector<Column> columns_;
  std::vector<std::pair<std::string, Cell>> facts_;
  std::vector<std::vector<Cell>> rows_;
};

// Prints text two columns in, broken at the 80th.
void say(const std::string& text);

}  // namespace tinytorch::milestones
