// What holds for the comments of the library: they name modules, and no number that may change.

#include <fmt/format.h>

#include <regex>
#include <set>

#include "tito/base/files.h"
#include "tito/course/source_scan.h"
#include "tito/devcheck/proof.h"

namespace tito {
namespace {

namespace fs = std::filesystem;

constexpr const char* kWrites = "You write this part";

// "quantization" of "15_quantization".
std::string word_of(const Module& module) { return module.name.substr(3); }

std::set<std::string> task_ids(const Course& course) {
  std::set<std::string> ids;
  for (const auto& module : course.modules) {
    for (const auto& part : module.parts) {
      for (const auto& task : part.tasks) ids.insert(task.id);
    }
  }
  return ids;
}

// The comments of a source, one a line; lines without one are empty.
std::vector<std::string> comments_of(const std::string& text) {
  std::vector<std::string> comments;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string line = text.substr(begin, end - begin);
    const std::size_t slashes = line.find("//");
    comments.push_back(slashes == line.npos ? "" : line.substr(slashes + 2));
    begin = end + 1;
  }
  return comments;
}

// "module 15", "modules/15_quantization" or the id of a task; empty when there is none.
std::string number_in(const std::string& comment, const std::set<std::string>& tasks) {
  static const std::regex module("\\bmodules?[ /][0-9]{2}\\b", std::regex::icase);
  static const std::regex folder("\\bmodules/[0-9]{2}_[a-z0-9_]+");
  static const std::regex id("\\b[0-9]{2}\\.[0-9]{1,2}\\b");
  std::smatch match;
  if (std::regex_search(comment, match, module)) return match.str();
  if (std::regex_search(comment, match, folder)) return match.str();
  for (std::sregex_iterator next(comment.begin(), comment.end(), id), end; next != end; ++next) {
    if (tasks.count(next->str()) > 0) return next->str();
  }
  return "";
}

std::vector<fs::path> library_sources(const Course& course) {
  std::vector<fs::path> sources;
  for (const auto& path : files_below(course.root / "tinytorch", {".h", ".cpp"})) {
    const std::string file = path.lexically_relative(course.root).generic_string();
    if (!file.starts_with("tinytorch/exported/")) sources.push_back(path);
  }
  return sources;
}

Findings check_numbers(const Course& course) {
  Findings findings;
  const auto tasks = task_ids(course);
  for (const auto& path : library_sources(course)) {
    const auto comments = comments_of(read_file(path));
    for (std::size_t i = 0; i < comments.size(); ++i) {
      const std::string number = number_in(comments[i], tasks);
      if (number.empty()) continue;
      findings.push_back(fmt::format(
          "{}:{}: a comment says \"{}\"; modules and tasks move, so name them by their words",
          path.lexically_relative(course.root).generic_string(), i + 1, number));
    }
  }
  return findings;
}

// The comments of a source as one text, whatever their lines.
std::string prose_of(const fs::path& path) {
  std::string prose;
  for (const auto& comment : comments_of(read_file(path))) prose += comment;
  return prose;
}

// The header of each part names its module; that a learner writes it is said where it is so.
Findings check_owners(const Course& course) {
  Findings findings;
  std::set<std::string> written;
  for (const auto& module : course.modules) {
    for (const auto& part : module.parts) {
      const fs::path path = course.root / part.header;
      if (!fs::exists(path)) continue;
      if (module.complete()) written.insert(part.header);
      const std::string prose = prose_of(path);
      const std::string owner = module.complete() ? fmt::format("{}: {} ({} module)", kWrites,
                                                                part.source(), word_of(module))
                                                  : fmt::format("the {} module", word_of(module));
      if (prose.find(owner) == prose.npos)
        findings.push_back(
            fmt::format("{}: expected a comment that says \"{}\"", part.header, owner));
    }
  }
  for (const auto& path : library_sources(course)) {
    const std::string file = path.lexically_relative(course.root).generic_string();
    if (written.count(file) == 0 && prose_of(path).find(kWrites) != std::string::npos)
      findings.push_back(fmt::format("{}: says \"{}\", but no module has it", file, kWrites));
  }
  return findings;
}

}  // namespace

void add_prose_proofs(const ProofContext& context, std::vector<Proof>& proofs) {
  const Course& course = context.course;
  proofs.push_back({"course", "the library's comments hold no module's number", "",
                    [&course] { return check_numbers(course); }});
  proofs.push_back({"course", "the header of each part names its module", "",
                    [&course] { return check_owners(course); }});
}

}  // namespace tito
