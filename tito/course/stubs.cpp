#include "tito/course/stubs.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <set>

#include "tito/base/error.h"
#include "tito/base/files.h"

namespace tito {
namespace {

struct Line {
  std::string_view text;  // without the newline
  int number = 0;
};

struct Mark {
  bool begin = false;
  bool helper = false;
  std::string task;
};

[[noreturn]] void fail(const std::string& file, int line, const std::string& what) {
  throw UserError(file + ':' + std::to_string(line) + ": " + what);
}

std::vector<Line> lines_of(std::string_view text) {
  std::vector<Line> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back({text.substr(0, end), static_cast<int>(lines.size()) + 1});
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words(1);
  for (const char c : text) {
    const bool space = c == ' ' || c == '\t' || c == '\r';
    if (!space) words.back() += c;
    if (space && !words.back().empty()) words.emplace_back();
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return result;
}

// A line that looks like a mark but is not one would hand out the answer: it is an error.
std::optional<Mark> mark_of(const Line& line, const std::string& file) {
  const std::string loud = upper(line.text);
  if (loud.find("BEGIN SOLUTION") == std::string::npos &&
      loud.find("END SOLUTION") == std::string::npos) {
    return std::nullopt;
  }
  const auto words = words_of(line.text);
  const bool begin = words.size() > 1 && words[1] == "BEGIN";
  const bool helper = begin && words.size() == 5 && words[4] == "helper";
  const bool well_formed = words.size() == (helper ? 5u : 4u) && words[0] == "//" &&
                           (begin || words[1] == "END") && words[2] == "SOLUTION";
  if (!well_formed) {
    fail(file, line.number,
         "a mark that is not well formed, expected a line of its own: // BEGIN SOLUTION 15.2, "
         "// BEGIN SOLUTION 15.2 helper or // END SOLUTION 15.2");
  }
  return Mark{begin, helper, words[3]};
}

std::string indent_of(std::string_view line) {
  return std::string(line.substr(0, std::min(line.find_first_not_of(" \t"), line.size())));
}

bool blank(std::string_view line) { return line.find_first_not_of(" \t\r") == line.npos; }

// Lines of a stub; a dropped helper must not leave two blank lines behind.
class StubWriter {
 public:
  void add(std::string_view line) {
    if (dropped_ && blank(line) && (out_.empty() || last_blank_)) return;
    out_ += line;
    out_ += '\n';
    last_blank_ = blank(line);
    dropped_ = false;
  }
  void drop() { dropped_ = true; }
  std::string take() {
    while (dropped_ && out_.size() > 1 && out_.substr(out_.size() - 2) == "\n\n") out_.pop_back();
    return std::move(out_);
  }

 private:
  std::string out_;
  bool last_blank_ = false;
  bool dropped_ = false;
};

void check_against_course(const std::vector<Region>& regions, const Module& module,
                          const Part& part, const std::string& file) {
  std::set<std::string> answered;
  for (const auto& region : regions) {
    const auto is = [&](const Task& task) { return task.id == region.task; };
    if (std::none_of(part.tasks.begin(), part.tasks.end(), is)) {
      fail(file, region.begin_line,
           "marks task " + region.task + ", expected a task of the part \"" + part.name +
               "\" as listed in " + module.file());
    }
    if (!region.helper) answered.insert(region.task);
  }
  for (const auto& task : part.tasks) {
    if (answered.count(task.id) == 0) {
      fail(file, 1,
           "no marks for task " + task.id + " (" + task.name + "), expected // BEGIN SOLUTION " +
               task.id + " … // END SOLUTION " + task.id);
    }
  }
}

}  // namespace

std::vector<Region> find_regions(std::string_view solution, const std::string& file_name) {
  std::vector<Region> regions;
  std::optional<Region> open;
  for (const auto& line : lines_of(solution)) {
    const auto mark = mark_of(line, file_name);
    if (!mark) continue;
    if (mark->begin && open) {
      fail(file_name, line.number,
           "BEGIN SOLUTION " + mark->task + " inside the marks of " + open->task + " (line " +
               std::to_string(open->begin_line) + "), expected its END first: marks may not nest");
    }
    if (!mark->begin && !open) {
      fail(file_name, line.number, "END SOLUTION " + mark->task + " without a BEGIN before it");
    }
    if (!mark->begin && mark->task != open->task) {
      fail(file_name, line.number,
           "END SOLUTION " + mark->task + ", expected END SOLUTION " + open->task +
               " for the BEGIN in line " + std::to_string(open->begin_line));
    }
    if (mark->begin) {
      open = Region{mark->task, line.number, 0, mark->helper};
    } else {
      open->end_line = line.number;
      regions.push_back(*open);
      open.reset();
    }
  }
  if (open) {
    fail(file_name, open->begin_line,
         "BEGIN SOLUTION " + open->task + " is never closed, expected // END SOLUTION " +
             open->task + " after it");
  }
  return regions;
}

std::string compose_source(std::string_view solution, const std::string& file_name,
                           const std::set<std::string>& solved) {
  const auto regions = find_regions(solution, file_name);
  auto region = regions.begin();
  StubWriter out;
  for (const auto& line : lines_of(solution)) {
    while (region != regions.end() && line.number > region->end_line) ++region;
    const bool inside = region != regions.end() && line.number >= region->begin_line;
    if (!inside) {
      out.add(line.text);
      continue;
    }
    const bool is_mark = line.number == region->begin_line || line.number == region->end_line;
    if (solved.count(region->task) > 0) {
      if (is_mark) {
        out.drop();
      } else {
        out.add(line.text);
      }
    } else if (line.number == region->begin_line && !region->helper) {
      out.add(indent_of(line.text) + "throw tinytorch::not_implemented(\"" + region->task + "\");");
    } else {
      out.drop();
    }
  }
  return out.take();
}

std::string generate_stub(std::string_view solution, const std::string& file_name) {
  return compose_source(solution, file_name, {});
}

std::string pristine_stub(const Course& course, const Module& module, const Part& part) {
  const auto solution = course.solution_source(module, part);
  if (std::filesystem::exists(solution)) {
    const std::string file = "solutions/" + module.name + '/' + part.source();
    const std::string text = read_file(solution);
    check_against_course(find_regions(text, file), module, part, file);
    return generate_stub(text, file);
  }
  const auto shipped = course.root / "stubs" / module.name / part.source();
  if (std::filesystem::exists(shipped)) return read_file(shipped);
  throw UserError("neither solutions/" + module.name + '/' + part.source() + " nor stubs/" +
                  module.name + '/' + part.source() +
                  " is there, expected the marked solution or a shipped stub");
}

}  // namespace tito
