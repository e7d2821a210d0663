#include "tito/judge/intake/source_names.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

namespace tito {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return result;
}

void trim(std::string& text) {
  while (!text.empty() && text.back() == ' ') text.pop_back();
  text.erase(0, std::min(text.find_first_not_of(' '), text.size()));
}

bool cut_end(std::string& text, std::string_view end) {
  if (!text.ends_with(end) || text.size() == end.size()) return false;
  text.resize(text.size() - end.size());
  trim(text);
  return true;
}

// ".cpp" and its kin, off the end of a name in lower case; also the ".txt" that a browser adds, and
// an ending written twice.
bool cut_source_ending(std::string& name) {
  trim(name);
  std::string rest = name;
  const bool text_added = cut_end(rest, ".txt");
  bool found = false;
  for (bool again = true; again;) {
    again = false;
    for (const char* end : {".cpp", ".cc", ".cxx", ".c++"}) again = again || cut_end(rest, end);
    found = found || again;
  }
  if (found) name = rest;
  return found && (text_added || !name.empty());
}

// " (2)", "-2", "_2" or " 2" off the end: what is numbered to keep names apart.
bool cut_number(std::string& stem) {
  std::size_t end = stem.size();
  const bool bracket = stem.ends_with(')') || stem.ends_with(']');
  if (bracket) --end;
  std::size_t begin = end;
  while (begin > 0 && is_digit(stem[begin - 1])) --begin;
  if (begin == end || end - begin > 3 || begin < 2) return false;
  const char before = stem[begin - 1];
  const bool fits =
      bracket ? before == '(' || before == '[' : before == '-' || before == '_' || before == ' ';
  if (!fits) return false;
  stem.resize(begin - 1);
  trim(stem);
  return true;
}

bool cut_copy(std::string& stem) {
  for (const char* word : {" - copy", " copy", " - kopie", " - copie", " - copia", "_copy"}) {
    if (cut_end(stem, word)) return true;
  }
  return false;
}

// The rest of `text` after "DIGITS_" at `at`, or npos.
std::size_t after_number(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && (is_digit(text[end]) || text[end] == '-')) ++end;
  return end > at && end < text.size() && text[end] == '_' ? end + 1 : text.npos;
}

// What a platform puts in front: the student's name and the numbers of the submission.
std::string without_lead(const std::string& stem) {
  constexpr std::string_view kMoodle = "_assignsubmission_file_";
  constexpr std::string_view kBlackboard = "_attempt_";
  if (const auto at = stem.rfind(kMoodle); at != stem.npos) return stem.substr(at + kMoodle.size());
  if (const auto at = stem.rfind(kBlackboard); at != stem.npos) {
    const std::size_t rest = after_number(stem, at + kBlackboard.size());
    if (rest != stem.npos) return stem.substr(rest);
  }
  // Canvas: "name_12345_678901_sums", "name_LATE_12345_678901_sums".
  for (std::size_t at = stem.find('_'); at != stem.npos; at = stem.find('_', at + 1)) {
    const std::size_t second = after_number(stem, at + 1);
    const std::size_t rest = second == stem.npos ? second : after_number(stem, second);
    if (rest != stem.npos) return stem.substr(rest);
  }
  // Brightspace, Classroom: "Jane Doe - sums".
  if (const auto at = stem.rfind(" - "); at != stem.npos) return stem.substr(at + 3);
  constexpr std::string_view kCopyOf = "copy of ";
  std::string rest = stem;
  while (rest.starts_with(kCopyOf)) rest.erase(0, kCopyOf.size());
  return rest;
}

// "int8_gemm", "Int8-Gemm" and "int8 gemm" are one name.
std::string key_of(std::string_view stem) {
  std::string key = lower(stem);
  std::erase_if(key, [](char c) { return c == '_' || c == '-' || c == ' '; });
  return key;
}

std::vector<std::string> pieces_of(std::string_view folder) {
  std::vector<std::string> pieces;
  for (std::size_t begin = 0; begin < folder.size();) {
    const std::size_t end = std::min(folder.find('/', begin), folder.size());
    pieces.push_back(lower(folder.substr(begin, end - begin)));
    begin = end + 1;
  }
  return pieces;
}

// "15_quantization" of "15_Quantization (1)".
std::string module_name_of(std::string piece) {
  trim(piece);
  while (cut_number(piece) || cut_copy(piece)) {
  }
  return piece;
}

bool is_module_name(const std::string& piece) {
  return piece.size() > 3 && is_digit(piece[0]) && is_digit(piece[1]) && piece[2] == '_' &&
         std::isalpha(static_cast<unsigned char>(piece[3])) != 0;
}

bool holds_copies(const std::string& piece) {
  static constexpr std::array kNames{"tests",  "test",    "exported", "solutions",
                                     "backup", "backups", "bench",    "peers",
                                     "old",    "docs",    "examples", "golden"};
  return std::find(kNames.begin(), kNames.end(), piece) != kNames.end();
}

}  // namespace

bool is_source_name(std::string_view base) {
  std::string name = lower(base);
  return cut_source_ending(name);
}

bool is_archive_name(std::string_view base) {
  const std::string name = lower(base);
  for (const char* end : {".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz"}) {
    if (name.ends_with(end)) return true;
  }
  return false;
}

bool is_junk(std::string_view base) {
  if (base.empty() || base.front() == '.' || base.back() == '~') return true;
  const std::string name = lower(base);
  for (const char* known : {"__macosx", "thumbs.db", "desktop.ini", "icon\r", "@eadir",
                            "$recycle.bin", "system volume information", "lost+found"}) {
    if (name == known) return true;
  }
  return name.starts_with("~$") || name.ends_with(".swp") || name.ends_with(".tmp") ||
         (name.front() == '#' && name.back() == '#');
}

bool is_passed_by(std::string_view folder) {
  const std::string name = lower(folder);
  return is_junk(folder) || name == "build" || name == "cmakefiles" || name == "node_modules" ||
         name.starts_with("cmake-build");
}

std::string plain_stem(std::string_view base) {
  std::string stem = lower(base);
  cut_source_ending(stem);
  while (cut_number(stem) || cut_copy(stem)) {
  }
  stem = without_lead(stem);
  trim(stem);
  return stem;
}

bool means_part(std::string_view base, const Part& part) {
  if (base == part.source()) return true;
  if (is_junk(base) || !is_source_name(base)) return false;
  const std::string key = key_of(part.name);
  std::string stem = lower(base);
  cut_source_ending(stem);
  // A part's own name may end like a copy's.
  return key_of(stem) == key || key_of(plain_stem(base)) == key;
}

bool place_of(std::string_view folder, const Module& module, Place& place) {
  const std::vector<std::string> pieces = pieces_of(folder);
  bool copies = false;
  bool below_modules = false;
  std::string last;
  for (const std::string& piece : pieces) {
    last = module_name_of(piece);
    const bool another = is_module_name(last) && last != module.name;
    if (is_passed_by(piece) || (another && below_modules)) return false;
    copies = copies || another || holds_copies(piece);
    below_modules = piece == "modules";
  }
  const bool named = !pieces.empty() && last == module.name;
  const bool room = named && pieces.size() > 1 && pieces[pieces.size() - 2] == "modules";
  place = room     ? Place::kRoom
          : copies ? Place::kLastResort
          : named  ? Place::kModule
                   : Place::kAnywhere;
  return true;
}

}  // namespace tito
