// What holds for tinytorch/ as a whole: includes go upward, headers stand alone.

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "tito/base/files.h"
#include "tito/base/process.h"
#include "tito/course/source_scan.h"
#include "tito/devcheck/proof.h"

namespace tito {
namespace {

namespace fs = std::filesystem;

// Costly or foreign: they would become part of what every learner's source compiles.
bool banned_in_header(const std::string& target) {
  for (const char* prefix : {"Eigen/", "fmt/", "yaml-cpp/", "CLI/", "google/", "nlohmann/"}) {
    if (target.starts_with(prefix)) return true;
  }
  return target == "iostream";
}

// What nobody outside its room may include.
bool is_detail(const std::string& header) {
  return header.starts_with("tinytorch/") && header.find("/detail/") != header.npos;
}

void check_include(const Course& course, const std::string& file, const std::string& room,
                   bool header, const Include& include, Findings& findings) {
  const auto rank = [&](const std::string& name) {
    return std::find(course.rooms.begin(), course.rooms.end(), name) - course.rooms.begin();
  };
  const std::string other = course.room_of(include.target);
  const std::string where = fmt::format("{}:{}", file, include.line);
  if (!other.empty() && rank(other) > rank(room)) {
    findings.push_back(fmt::format("{}: room {} includes {}, which lies below it in course.yaml",
                                   where, room, include.target));
  }
  if (is_detail(include.target) && other != room) {
    findings.push_back(fmt::format("{}: room {} includes {}, which is a detail of room {}", where,
                                   room, include.target, other));
  }
  if (include.target == "tinytorch/tinytorch.h") {
    findings.push_back(where +
                       ": includes tinytorch.h, which is for users of the library; include "
                       "the headers that are meant");
  }
  if (include.target.starts_with("tito/") || include.target.starts_with("tests/")) {
    findings.push_back(fmt::format("{}: the library includes {}", where, include.target));
  }
  if (header && !is_detail(file) && banned_in_header(include.target)) {
    findings.push_back(fmt::format("{}: a public header includes <{}>; it belongs in a source",
                                   where, include.target));
  }
}

Findings check_rooms(const Course& course) {
  Findings findings;
  const fs::path library = course.root / "tinytorch";
  for (const auto& path : files_below(library, {".h", ".cpp"})) {
    const std::string file = path.lexically_relative(course.root).generic_string();
    if (file.starts_with("tinytorch/exported/")) continue;
    const std::string room = course.room_of(file);
    // The umbrella header and the version stand above the rooms and see them all.
    if (room.empty() && path.extension() == ".h" && path.parent_path() == library) continue;
    if (room.empty()) {
      findings.push_back(fmt::format("{}: its folder is not among the rooms of course.yaml", file));
      continue;
    }
    for (const auto& include : includes_of(read_file(path))) {
      check_include(course, file, room, path.extension() == ".h", include, findings);
    }
  }
  return findings;
}

// A solution lives in the room of its header.
Findings check_solutions(const Course& course) {
  Findings findings;
  for (const auto& module : course.modules) {
    for (const auto& part : module.parts) {
      const auto path = course.solution_source(module, part);
      if (!fs::exists(path)) continue;
      const std::string file = path.lexically_relative(course.root).generic_string();
      for (const auto& include : includes_of(read_file(path))) {
        check_include(course, file, course.room_of(part.header), false, include, findings);
      }
    }
  }
  return findings;
}

// Programs use what the rooms show. Tests may look into the details.
Findings check_details(const Course& course) {
  Findings findings;
  for (const char* folder : {"tito", "milestones", "lab", "examples", "bench", "peers"}) {
    for (const auto& path : files_below(course.root / folder, {".h", ".cpp"})) {
      for (const auto& include : includes_of(read_file(path))) {
        if (!is_detail(include.target)) continue;
        findings.push_back(fmt::format("{}:{}: includes {}, which is a detail of room {}",
                                       path.lexically_relative(course.root).generic_string(),
                                       include.line, include.target,
                                       course.room_of(include.target)));
      }
    }
  }
  return findings;
}

Findings check_folders(const Course& course) {
  Findings findings;
  std::set<std::string> known;
  for (const auto& module : course.modules) known.insert(module.name);
  for (const char* room : {"modules", "solutions", "tests"}) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(course.root / room, error)) {
      const std::string name = entry.path().filename().string();
      const bool numbered =
          name.size() > 2 && std::isdigit(static_cast<unsigned char>(name[0])) != 0;
      const bool must_be_listed = numbered || std::string_view(room) != "tests";
      if (entry.is_directory() && must_be_listed && known.count(name) == 0) {
        findings.push_back(fmt::format("{}/{} is not in course.yaml", room, name));
      }
    }
  }
  return findings;
}

Findings compile_alone(const ProofContext& context, const std::string& header) {
  const fs::path folder = context.toolchain.build_dir() / "tito" / "headers";
  std::string name = header;
  std::replace(name.begin(), name.end(), '/', '_');
  const fs::path source = folder / (name + ".cpp");
  // Twice: a header must bear being included again.
  write_file_atomically(source, fmt::format("#include \"{0}\"\n#include \"{0}\"\n", header));
  auto argv = context.toolchain.plain_command();
  argv.insert(argv.end(), {"-fsyntax-only", "-c", source.string()});
  ProcessOptions options;
  options.environment = {{"LC_ALL", "C"}};
  options.directory = context.toolchain.build_dir();
  const auto result = run_process(argv, options);
  if (result.ok()) return {};
  return {fmt::format("{} does not compile alone:\n{}", header, result.err.substr(0, 1500))};
}

}  // namespace

void add_engine_proofs(const ProofContext& context, std::vector<Proof>& proofs) {
  const Course& course = context.course;
  proofs.push_back({"course", "rooms include only rooms above them", "",
                    [&course] { return check_rooms(course); }});
  proofs.push_back({"course", "solutions include only rooms above theirs", "",
                    [&course] { return check_solutions(course); }});
  proofs.push_back({"course", "details are included by their own room only", "",
                    [&course] { return check_details(course); }});
  proofs.push_back(
      {"course", "every folder is listed", "", [&course] { return check_folders(course); }});
  const std::string headers = context.toolchain.headers_digest(course.root / "tinytorch");
  for (const auto& path : files_below(course.root / "tinytorch", {".h"})) {
    const std::string header = path.lexically_relative(course.root).generic_string();
    if (header.starts_with("tinytorch/exported/")) continue;
    const std::string key = sha256(fmt::format("alone {} {} {} {}", header, headers, context.tool,
                                               fmt::join(context.toolchain.plain_command(), " ")));
    proofs.push_back({"course", header + " compiles alone", key,
                      [context, header] { return compile_alone(context, header); }});
  }
}

}  // namespace tito
