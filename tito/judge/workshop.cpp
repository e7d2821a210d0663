#include "tito/judge/workshop.h"

#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "tito/base/error.h"
#include "tito/judge/sandbox/room.h"
#include "tito/judge/tool_failure.h"
#include "tito/judge/words.h"

namespace tito {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMessageLimit = 300;
constexpr std::uint64_t kSpaceForOneFile = 8u << 20;
constexpr const char* kNm = "/usr/bin/nm";

// A copy of `file` in the stage, shown to a box where the original stands.
Mount staged(const Stage& stage, const fs::path& file) {
  return {stage.copy(file, "given" + file.string()), file, false};
}

void replace_all(std::string& text, const std::string& what, const std::string& with) {
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
}

// What the compiler hands to the assembler has a name drawn at random: "/tmp/ccAYhnCw.s".
void replace_temporary_files(std::string& text) {
  constexpr std::string_view kLead = "/tmp/cc";
  constexpr std::string_view kInstead = "assembler";
  for (auto at = text.find(kLead); at != text.npos; at = text.find(kLead, at + kInstead.size())) {
    const std::size_t end = text.find_first_of(": '\n", at);
    text.replace(at, std::min(end, text.size()) - at, kInstead);
  }
}

// The program itself: /usr/bin/c++ leads through /etc, which a box does not have.
void resolve_program(std::vector<std::string>& argv) {
  std::error_code error;
  const fs::path real = fs::canonical(argv.front(), error);
  if (!error) argv.front() = real.string();
}

}  // namespace

std::uint64_t static_memory(const std::string& program) {
  Elf64_Ehdr header{};
  if (program.size() < sizeof header) return 0;
  std::memcpy(&header, program.data(), sizeof header);
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment{};
    const std::uint64_t at = header.e_phoff + i * sizeof segment;
    if (at > program.size() || program.size() - at < sizeof segment) return 0;
    std::memcpy(&segment, program.data() + at, sizeof segment);
    if (segment.p_type != PT_LOAD) continue;
    if (segment.p_memsz > UINT64_MAX - total) return UINT64_MAX;
    total += segment.p_memsz;
  }
  return total;
}

Workshop::Workshop(const Course& course, const Toolchain& toolchain, const Module& module,
                   const Sandbox& sandbox, const Stage& stage, WorkshopLimits limits)
    : course_(course),
      toolchain_(toolchain),
      module_(module),
      sandbox_(sandbox),
      stage_(stage),
      limits_(limits) {
  const fs::path headers = course.root / "tinytorch";
  for (const auto& entry : fs::recursive_directory_iterator(headers)) {
    const std::string inside = fs::relative(entry.path(), headers).string();
    if (entry.path().extension() != ".h" || inside.starts_with("exported")) continue;
    stage.copy(entry.path(), "tinytorch/" + inside);
  }
  compiler_sees_ = {{stage.root() / "tinytorch", headers, false}};
  const auto compile = toolchain.compile_command(module, module.parts.front(), "x.cpp", "x.o");
  const auto include = std::find(compile.begin(), compile.end(), "-include");
  if (include != compile.end() && include + 1 != compile.end()) {
    compiler_sees_.push_back(staged(stage, *(include + 1)));
    const fs::path precompiled = *(include + 1) + ".gch";
    if (fs::exists(precompiled)) compiler_sees_.push_back(staged(stage, precompiled));
  }
  for (const std::string& argument : toolchain.worker_link_command(module, {}, "worker")) {
    const fs::path file = argument;
    const bool input = file.extension() == ".o" || file.extension() == ".a";
    if (file.is_absolute() && input) linker_sees_.push_back(staged(stage, file));
  }
}

BoxSpec Workshop::spec_for(const std::string& job, int slot) const {
  const fs::path folder = stage_.root() / job;
  const fs::path out = stage_.folder_for(slot, job + "/out");
  BoxSpec spec;
  spec.system = true;
  spec.filter = Filter::kCompiler;
  spec.environment = {{"PATH", "/usr/bin:/bin"}, {"LC_ALL", "C"}, {"TMPDIR", "/tmp"}};
  spec.mounts = {{folder, folder, false}, {out, out, true}};
  spec.directory = folder;
  spec.limits = limits_.box;
  spec.slot = slot;
  return spec;
}

std::string Workshop::without_paths(std::string text) const {
  replace_all(text, stage_.root().string() + "/", "");
  replace_all(text, toolchain_.build_dir().string() + "/", "");
  replace_all(text, course_.root.string() + "/", "");
  replace_temporary_files(text);
  return one_line(clip(text, kMessageLimit));
}

// Whichever limit it met first is chance; the message is the same for all.
std::string Workshop::too_much(const std::string& tool) const {
  return fmt::format(
      "the {} gave up: more than {} s, {} MB of memory, {} MB of result or {} KB of messages", tool,
      limits_.box.cpu_seconds, limits_.box.memory >> 20, limits_.box.file >> 20,
      limits_.box.output >> 10);
}

// What came out of a box, taken into `job` where the next box may read it.
Made Workshop::fetch(const BoxResult& result, const std::string& job, const std::string& name,
                     const std::string& tool, std::chrono::milliseconds most) const {
  const fs::path made = stage_.root() / job / "out" / name;
  if (result.ok()) {
    std::error_code error;
    if (fs::file_size(made, error) > limits_.box.file && !error) return {{}, too_much(tool)};
    try {
      return {stage_.write(job + "/" + name, read_made(made, limits_.box.file)), {}};
    } catch (const std::runtime_error& trouble) {
      throw InternalError(fmt::format("what the {} made is lost: {}", tool, trouble.what()));
    }
  }
  if (result.event == Box::Event::kDeadline && most < limits_.wall) return {{}, {}, true};
  const ToolFailure failure = explain(result);
  // A full disk shows in many ways, a broken result among them.
  const std::string full = lack_of_space(stage_.root(), kSpaceForOneFile);
  if (!full.empty()) throw InternalError(full);
  if (failure.fault == Fault::kMachine) {
    throw InternalError(fmt::format("the {} failed and says nothing of the source: {}", tool,
                                    without_paths(failure.words)));
  }
  return {{}, failure.fault == Fault::kSource ? without_paths(failure.words) : too_much(tool)};
}

Made Workshop::compile(const Part& part, const std::string& text, const std::string& job, int slot,
                       std::chrono::milliseconds most) const {
  const std::string object = part.name + ".o";
  stage_.write(job + "/" + part.source(), text);
  BoxSpec spec = spec_for(job, slot);
  spec.argv = toolchain_.compile_command(module_, part, part.source(), "out/" + object);
  resolve_program(spec.argv);
  spec.mounts.insert(spec.mounts.end(), compiler_sees_.begin(), compiler_sees_.end());
  return fetch(run_boxed(sandbox_, spec, std::min(limits_.wall, most)), job, object, "compiler",
               most);
}

// An empty or shortened list would let pass what it does not show.
Listing Workshop::symbols(const std::string& object, const std::string& job, int slot,
                          std::chrono::milliseconds most) const {
  BoxSpec spec = spec_for(job, slot);
  spec.limits.output = limits_.listing;
  spec.argv = {kNm, "--format=posix", "--extern-only", object};
  resolve_program(spec.argv);
  const BoxResult result = run_boxed(sandbox_, spec, std::min(limits_.wall, most));
  if (result.ok()) return {result.out, {}};
  if (result.event == Box::Event::kOutput) {
    return {{}, fmt::format("its list of symbols is longer than {} MB", limits_.listing >> 20)};
  }
  const ToolFailure failure = explain(result);
  const bool about_the_object = failure.words.find(object + ": ") != std::string::npos;
  if (failure.fault == Fault::kMachine && !about_the_object) {
    throw InternalError("nm failed and says nothing of the object: " +
                        without_paths(failure.words));
  }
  return {{}, "its symbols cannot be listed"};
}

Made Workshop::link(const std::vector<std::string>& objects, const std::vector<fs::path>& without,
                    const std::string& job, int slot, std::chrono::milliseconds most) const {
  BoxSpec spec = spec_for(job, slot);
  const std::vector<fs::path> inputs(objects.begin(), objects.end());
  spec.argv = toolchain_.worker_link_command(module_, inputs, "out/worker");
  std::erase_if(spec.argv, [&](const std::string& argument) {
    return std::find(without.begin(), without.end(), argument) != without.end();
  });
  resolve_program(spec.argv);
  spec.mounts.insert(spec.mounts.end(), linker_sees_.begin(), linker_sees_.end());
  return fetch(run_boxed(sandbox_, spec, std::min(limits_.wall, most)), job, "worker", "linker",
               most);
}

}  // namespace tito
