#include "tito/learner/source_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <vector>

#include "tito/base/files.h"
#include "tito/base/terminal.h"

namespace tito {
namespace {

namespace fs = std::filesystem;
constexpr std::uintmax_t kLargestSource = 1 << 20;
constexpr std::size_t kColumns = 100;  // of the sources, as in .clang-format
constexpr std::size_t kScreen = 78;    // what a report's line has on 80 columns

template <typename Predicate>
int first_line(const std::vector<std::string_view>& lines, Predicate wanted) {
  const auto found = std::find_if(lines.begin(), lines.end(), wanted);
  return found == lines.end() ? 0 : static_cast<int>(found - lines.begin()) + 1;
}

bool contains(std::string_view line, std::string_view text) { return line.find(text) != line.npos; }

bool is_word_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// "15.2" in "TASK 15.2", and not in "TASK 15.21".
bool names_task(std::string_view line, const std::string& id) {
  const std::size_t found = line.find(id);
  if (found == line.npos || !contains(line, "//")) return false;
  const std::size_t end = found + id.size();
  return end == line.size() || !is_word_char(line[end]);
}

bool defines(std::string_view line, const std::string& name) {
  const std::size_t found = line.find(name + '(');
  return found != line.npos && found > 0 && !is_word_char(line[found - 1]) && line[0] != ' ' &&
         line[0] != '/';
}

// "- one", "2. two", "10) ten".
bool is_list_item(std::string_view text) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::string_view mark = text.substr(digits, 2);
  if (digits == 0) return mark == "- " || mark == "* ";
  return mark == ". " || mark == ") ";
}

// Whether `line`, whose words are `text`, goes on in `next`: its first word did not fit beside it,
// or a screen breaks the line anyway.
bool goes_on(std::string_view line, std::string_view text, std::string_view next) {
  if (next.empty() || next[0] == ' ' || text.empty() || text[0] == ' ') return false;
  if (is_list_item(next) || next.starts_with("Try it by hand")) return false;
  return display_width(text) > kScreen ||
         display_width(line) + 1 + display_width(next.substr(0, next.find(' '))) > kColumns;
}

}  // namespace

std::string source_problem(const fs::path& path) {
  std::error_code error;
  const auto status = fs::status(path, error);
  if (!fs::exists(status)) return "the file is missing; `tito reset` brings the stub back";
  if (!fs::is_regular_file(status)) return "this is not a regular file";
  const auto size = fs::file_size(path, error);
  if (error || size > kLargestSource) {
    return fmt::format("the file has {} bytes; a source may have 1 MB", size);
  }
  try {
    const std::string text = read_file(path, kLargestSource);
    const std::size_t zero = text.find('\0');
    if (zero != text.npos)
      return fmt::format("this is not text: there is a zero byte at offset {}", zero);
  } catch (const std::exception& failure) {
    return failure.what();
  }
  return "";
}

int task_line(std::string_view source, const Task& task) {
  const auto lines = lines_of(source);
  const std::string stub = "not_implemented(\"" + task.id + "\")";
  if (const int line = first_line(lines, [&](auto text) { return contains(text, stub); }))
    return line;
  const int comment = first_line(lines, [&](auto text) { return names_task(text, task.id); });
  if (comment > 0) return comment;
  return first_line(lines, [&](auto text) { return defines(text, task.name); });
}

std::string comment_above(std::string_view source, int line) {
  const auto lines = lines_of(source);
  std::string found, below;
  for (auto i = static_cast<std::size_t>(std::max(line - 1, 0)); i > 0; --i) {
    std::string_view text = lines[i - 1];
    const std::size_t begin = text.find_first_not_of(" \t");
    if (begin == text.npos || text.substr(begin, 2) != "//") break;
    text.remove_prefix(begin + 2);
    if (!text.empty() && text[0] == ' ') text.remove_prefix(1);
    const char* joint = found.empty() ? "" : goes_on(lines[i - 1], text, below) ? " " : "\n";
    below = text;
    found = below + joint + found;
  }
  return found;
}

}  // namespace tito
