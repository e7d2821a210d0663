#include "tito/build/toolchain.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <nlohmann/json.hpp>

#include "tito/base/error.h"
#include "tito/base/files.h"
#include "tito/base/interrupt.h"
#include "tito/base/process.h"
#include "tito/build/command_line.h"
#include "tito/build/configure.h"
#include "tito/build/needs.h"

namespace tito {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// Longer than any honest source takes, shorter than patience.
constexpr std::chrono::seconds kCompileLimit{60};
constexpr std::chrono::seconds kLinkLimit{120};
constexpr std::size_t kDiagnosticsLimit = 256 << 10;

json read_json(const fs::path& path) {
  try {
    return json::parse(read_file(path, 64u << 20));
  } catch (const std::exception& error) {
    throw InternalError(
        fmt::format("the build folder is damaged ({}: {}); delete {} and run bin/tito again",
                    path.string(), error.what(), path.parent_path().string()));
  }
}

std::vector<fs::path> paths(const json& list) {
  std::vector<fs::path> result;
  for (const auto& item : list) {
    if (!item.get<std::string>().empty()) result.emplace_back(item.get<std::string>());
  }
  return result;
}

std::vector<std::string> strings(const json& list) {
  std::vector<std::string> result;
  for (const auto& item : list) {
    if (!item.get<std::string>().empty()) result.push_back(item.get<std::string>());
  }
  return result;
}

ModuleBuild module_from(const json& entry) {
  ModuleBuild build;
  build.origin = entry.at("origin");
  build.archive = entry.at("archive").get<std::string>();
  build.reference = entry.at("reference").get<std::string>();
  build.tests = paths(entry.at("tests"));
  build.checks = paths(entry.at("checks"));
  build.task_table = entry.at("task_table").get<std::string>();
  return build;
}

void add_headers(const fs::path& folder, std::vector<fs::path>& found) {
  std::error_code error;
  for (fs::recursive_directory_iterator entry(folder, error), end; entry != end;
       entry.increment(error)) {
    if (entry->path().extension() == ".h" || entry->path().extension() == ".hpp") {
      found.push_back(entry->path());
    }
  }
}

void append(std::vector<std::string>& argv, const std::vector<fs::path>& files) {
  for (const auto& file : files) argv.push_back(file.string());
}

// Unlike any other process's or thread's.
fs::path temporary_name(const fs::path& path) {
  static std::atomic<unsigned> counter{0};
  return path.string() + fmt::format(".{}.{}.tmp", ::getpid(), counter++);
}

}  // namespace

Toolchain::Toolchain(const Course& course, fs::path build_dir)
    : course_(course), build_dir_(std::move(build_dir)) {
  configure_if_needed(course.root, build_dir_);
  load();
}

void Toolchain::load() {
  const json config = read_json(build_dir_ / "tito.json");
  compiler_ = config.at("compiler");
  sanitized_ = !config.at("sanitize").get<std::string>().empty();
  link_flags_ = strings(config.at("link_flags"));
  given_ = config.at("given").get<std::string>();
  test_main_ = paths(config.at("learner_test_main"));
  test_libraries_ = strings(config.at("learner_test_libraries"));
  worker_main_ = paths(config.at("worker_main"));
  for (const auto& [name, entry] : config.at("modules").items())
    modules_[name] = module_from(entry);

  load_commands();
}

void Toolchain::load_commands() {
  for (const auto& entry : read_json(build_dir_ / "compile_commands.json")) {
    const std::string source = entry.at("file");
    const auto arguments = split_command(entry.at("command").get<std::string>());
    const std::string object = output_of(arguments);
    // "CMakeFiles/reference_01_tensor.dir/…": a target whose objects stand for the source.
    const std::string target = object.substr(std::min(object.find("CMakeFiles/"), object.size()));
    for (const char* kind : {"given.", "reference_", "exported_", "stub_"}) {
      if (target.starts_with("CMakeFiles/" + std::string(kind))) {
        objects_[source] = build_dir_ / object;
      }
    }
    // All learners' sources are compiled alike, so any command serves.
    const bool is_learners = target.starts_with("CMakeFiles/learner_") &&
                             source.starts_with((course_.root / "modules").string() + '/');
    if (is_learners) learner_command_ = without_files(arguments, source);
  }
}

void Toolchain::prepare_all(const Module& module) const {
  module_build(module);  // says so when there is nothing of it
  run_ninja(build_dir_, {"ready_" + module.name});
}

const ModuleBuild& Toolchain::module_build(const Module& module) const {
  const auto found = modules_.find(module.name);
  if (found == modules_.end()) {
    throw InternalError(
        fmt::format("{} is in course.yaml, but neither modules/{} nor solutions/{} holds a source",
                    module.name, module.name, module.name));
  }
  return found->second;
}

std::vector<std::string> Toolchain::compile_command(const Module&, const Part&,
                                                    const fs::path& source,
                                                    const fs::path& object) const {
  if (learner_command_.empty()) {
    throw InternalError("the build knows no learner's source; run `tito stubs` to write modules/");
  }
  std::vector<std::string> argv = learner_command_;
  for (const char* flag : {"-fdiagnostics-color=never", "-fmessage-length=0", "-Wfatal-errors"}) {
    argv.emplace_back(flag);
  }
  argv.insert(argv.end(), {"-c", source.string(), "-o", object.string()});
  return argv;
}

std::string Toolchain::headers_digest(const fs::path& beside) const {
  std::vector<fs::path> headers;
  add_headers(course_.root / "tinytorch", headers);
  add_headers(beside, headers);
  std::sort(headers.begin(), headers.end());
  std::string all;
  for (const auto& header : headers)
    all += header.string() + '\n' + sha256(read_file(header)) + '\n';
  return sha256(all);
}

std::vector<std::string> Toolchain::plain_command() const {
  std::vector<std::string> argv;
  for (std::size_t i = 0; i < learner_command_.size(); ++i) {
    // g++: -include header. clang: each word of it behind -Xclang.
    if (learner_command_[i] == "-include" || learner_command_[i] == "-Xclang") {
      ++i;
    } else if (learner_command_[i] != "-Winvalid-pch") {
      argv.push_back(learner_command_[i]);
    }
  }
  return argv;
}

std::string Toolchain::inputs_digest(const Module& module, Rest rest) const {
  std::string all = headers_digest(course_.root / "tinytorch");
  for (const auto& argument : learner_command_) all += argument + '\n';
  auto files = objects_of_tests(module, rest);
  files.insert(files.end(), test_main_.begin(), test_main_.end());
  const auto& tests = module_build(module).tests;
  files.insert(files.end(), tests.begin(), tests.end());
  const fs::path& table = module_build(module).task_table;
  if (!table.empty()) files.insert(files.end(), {table, task_table_script()});
  for (const auto& file : files) all += sha256(read_file(file, 1u << 30)) + '\n';
  return sha256(all);
}

void Toolchain::prune_cache() const {
  const auto oldest = fs::file_time_type::clock::now() - std::chrono::hours(14 * 24);
  std::error_code error;
  for (const char* room : {"objects", "sources", "proofs"}) {
    for (const auto& entry : fs::directory_iterator(build_dir_ / "tito" / room, error)) {
      if (entry.last_write_time(error) < oldest) fs::remove_all(entry.path(), error);
    }
  }
}

CompileResult Toolchain::compile(const Module& module, const Part& part,
                                 const fs::path& source) const {
  std::string key;
  for (const auto& argument : compile_command(module, part, source, "")) key += argument + '\n';
  key = sha256(key + headers_digest(source.parent_path()) + read_file(source));
  CompileResult result;
  result.object = build_dir_ / "tito" / "objects" / (key + ".o");
  result.ok = result.cached = fs::exists(result.object);
  std::error_code ignored;
  if (result.cached) fs::last_write_time(result.object, fs::file_time_type::clock::now(), ignored);
  if (result.cached) return result;

  fs::create_directories(result.object.parent_path());
  const fs::path temporary = temporary_name(result.object);
  ProcessOptions options;
  options.directory = build_dir_;
  options.environment = {{"LC_ALL", "C"}};
  options.timeout = kCompileLimit;
  options.output_limit = kDiagnosticsLimit;
  options.cancelled = cancelled_;
  const auto run = run_process(compile_command(module, part, source, temporary), options);
  result.ok = run.ok();
  result.timed_out = run.timed_out;
  result.diagnostics = run.err;
  std::error_code error;
  if (result.ok) fs::rename(temporary, result.object, error);
  if (!result.ok) fs::remove(temporary, error);
  if (run.was_cancelled) throw Cancelled();
  return result;
}

fs::path Toolchain::link_tests(const Module& module, const std::vector<fs::path>& objects,
                               Rest rest, const fs::path& binary) const {
  std::vector<std::string> argv{compiler_};
  argv.insert(argv.end(), link_flags_.begin(), link_flags_.end());
  append(argv, test_main_);
  append(argv, module_build(module).tests);
  append(argv, objects);
  argv.push_back(archive_of_tests(module, rest).string());
  argv.insert(argv.end(), test_libraries_.begin(), test_libraries_.end());
  const fs::path temporary = temporary_name(binary);
  argv.insert(argv.end(), {"-o", temporary.string()});
  fs::create_directories(binary.parent_path());
  ProcessOptions options;
  options.directory = build_dir_;
  options.environment = {{"LC_ALL", "C"}};
  options.timeout = kLinkLimit;
  options.cancelled = cancelled_;
  const auto run = run_process(argv, options);
  if (!run.ok()) {
    std::error_code error;
    fs::remove(temporary, error);
    if (run.was_cancelled) throw Cancelled();
    throw LinkError(
        fmt::format("linking the tests of {} failed:\n{}", module.name, run.err + run.out));
  }
  fs::rename(temporary, binary);
  return binary;
}

std::vector<std::string> Toolchain::worker_link_command(const Module& module,
                                                        const std::vector<fs::path>& objects,
                                                        const fs::path& binary) const {
  std::vector<std::string> argv{compiler_, "-static"};
  argv.insert(argv.end(), link_flags_.begin(), link_flags_.end());
  append(argv, worker_main_);
  append(argv, module_build(module).checks);
  append(argv, objects);
  argv.emplace_back("-Wl,--start-group");
  for (const auto& [name, build] : modules_) {
    const fs::path& archive = build.reference.empty() ? build.archive : build.reference;
    if (name != module.name && !archive.empty()) argv.push_back(archive.string());
  }
  argv.push_back(given_.string());
  argv.insert(argv.end(), {"-Wl,--end-group", "-lz", "-pthread", "-o", binary.string()});
  return argv;
}

}  // namespace tito
