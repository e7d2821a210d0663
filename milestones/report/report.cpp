#include "milestones/report/report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "milestones/report/text.h"
#include "tinytorch/core/error.h"
#include "tinytorch/data/file.h"

namespace tinytorch::milestones {
namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

constexpr std::size_t kScreen = 80;

void require_finite(const std::string& key, const Cell& cell) {
  const double* number = std::get_if<double>(&cell);
  if (number == nullptr || std::isfinite(*number)) return;
  throw Error(concat("report: ", key, " must be finite, got ", *number));
}

void put(Json& object, const std::string& key, const Cell& cell) {
  if (key.empty() || std::holds_alternative<std::monostate>(cell)) return;
  if (const auto* text = std::get_if<std::string>(&cell)) {
    object[key] = *text;
  } else if (const auto* whole = std::get_if<std::int64_t>(&cell)) {
    object[key] = *whole;
  } else {
    object[key] = std::get<double>(cell);
  }
}

// As it stands in the table, before it is broken into lines.
std::string shown(const Column& column, const Cell& cell) {
  if (std::holds_alternative<std::monostate>(cell)) return "";
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  const auto* whole = std::get_if<std::int64_t>(&cell);
  const double number =
      column.scale * (whole ? static_cast<double>(*whole) : std::get<double>(cell));
  std::string out = whole ? std::to_string(*whole) : format(column.pattern, number);
  for (int digits = 6; digits > 0 && display_width(out) > static_cast<double>(column.width);
       --digits) {
    out = format(concat("%.", digits, "g").c_str(), number);
  }
  return out;
}

}  // namespace

Report::Report(std::vector<Column> columns) : columns_(std::move(columns)) {
  std::size_t width = 1;
  for (const Column& column : columns_) width += column.width == 0 ? 0 : column.width + 1;
  if (width <= kScreen) return;
  throw Error(concat("report: the table takes ", width, " columns of ", kScreen));
}

void Report::print_head() const { std::fputs(head().c_str(), stdout); }

void Report::add(std::vector<Cell> row) {
  if (row.size() != columns_.size()) {
    throw Error(concat("report: ", row.size(), " cells for ", columns_.size(), " columns"));
  }
  for (std::size_t i = 0; i < row.size(); ++i) require_finite(columns_[i].key, row[i]);
  std::fputs(line(row).c_str(), stdout);
  std::fflush(stdout);
  rows_.push_back(std::move(row));
}

std::string Report::head() const {
  std::vector<std::string> cells;
  for (const Column& column : columns_) cells.push_back(column.head);
  return lay_out(cells);
}

std::string Report::line(const std::vector<Cell>& row) const {
  std::vector<std::string> cells;
  for (std::size_t i = 0; i < columns_.size(); ++i) cells.push_back(shown(columns_[i], row[i]));
  return lay_out(cells);
}

std::string Report::lay_out(const std::vector<std::string>& cells) const {
  std::vector<std::vector<std::string>> broken;
  std::size_t height = 0;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].width == 0) continue;
    broken.push_back(wrap(cells[i], static_cast<double>(columns_[i].width), display_width));
    height = std::max(height, broken.back().size());
  }
  std::string out;
  for (std::size_t y = 0; y < height; ++y) {
    std::string line = " ";
    std::size_t cell = 0;
    for (const Column& column : columns_) {
      if (column.width == 0) continue;
      const auto& lines = broken[cell];
      const std::string text = y < lines.size() ? lines[y] : "";
      const auto used = static_cast<std::size_t>(display_width(text));
      const std::string space(column.width - std::min(column.width, used), ' ');
      line += cell == 0 ? " " + text + space : " " + space + text;
      ++cell;
    }
    out += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return out;
}

std::string Report::json() const {
  Json document = Json::object();
  for (const auto& [key, value] : facts_) {
    require_finite(key, value);
    put(document, key, value);
  }
  Json& rows = document["rows"] = Json::array();
  for (const std::vector<Cell>& row : rows_) {
    Json object = Json::object();
    for (std::size_t i = 0; i < row.size(); ++i) put(object, columns_[i].key, row[i]);
    rows.push_back(std::move(object));
  }
  return document.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

void Report::write(const fs::path& folder,
                   const std::vector<std::pair<std::string, Chart>>& pictures) const {
  data::write_file_atomically((folder / "results.json").string(), json());
  std::string names = "results.json";
  for (const auto& [name, chart] : pictures) {
    data::write_file_atomically((folder / name).string(), svg(chart));
    names += ", " + name;
  }
  std::printf("  Written to %s:\n", folder.string().c_str());
  say(names);
}

void say(const std::string& text) {
  for (const std::string& line : wrap(text, kScreen - 2.0, display_width)) {
    std::printf(line.empty() ? "\n" : "  %s\n", line.c_str());
  }
  std::fflush(stdout);
}

}  // namespace tinytorch::milestones
