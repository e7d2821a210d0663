#include "tito/judge/judge.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "tito/base/error.h"
#include "tito/base/files.h"
#include "tito/base/interrupt.h"
#include "tito/base/process.h"
#include "tito/course/stubs.h"
#include "tito/judge/attempt.h"
#include "tito/judge/sandbox/room.h"
#include "tito/judge/words.h"

namespace tito {
namespace {

namespace fs = std::filesystem;

constexpr int kAttempts = 3;
constexpr std::chrono::milliseconds kPause{300};
constexpr int kOurProcesses = 16;  // bubblewrap's and our own threads, beside what a box may have
constexpr std::uint64_t kSpaceForObjects = 16u << 20;

void must_have(const std::string& lack) {
  if (!lack.empty()) throw InternalError(lack);
}

std::vector<std::string> task_ids(const Module& module, bool core_only) {
  std::vector<std::string> ids;
  for (const Part& part : module.parts) {
    if (core_only && !part.core()) continue;
    for (const Task& task : part.tasks) ids.push_back(task.id);
  }
  return ids;
}

void must_be_gradable(const Course& course, const Toolchain& toolchain, const Module& module) {
  const ModuleBuild& build = toolchain.module_build(module);
  if (build.checks.empty()) {
    throw UserError(fmt::format("{0} has no checks (tests/{0}/checks.cpp), so it cannot be graded",
                                module.name));
  }
  for (const Part& part : module.parts) {
    if (!fs::exists(course.solution_source(module, part))) {
      throw UserError(
          fmt::format("grading {} needs its reference, and solutions/{}/{} is not here: "
                      "grade in the instructor's workspace",
                      module.name, module.name, part.source()));
    }
  }
}

fs::path compiled(const Toolchain& toolchain, const Module& module, const Part& part,
                  const fs::path& source) {
  const CompileResult result = toolchain.compile(module, part, source);
  if (!result.ok) {
    throw InternalError(
        fmt::format("{} does not compile:\n{}", source.string(), result.diagnostics));
  }
  return result.object;
}

std::vector<fs::path> link_inputs(const std::vector<std::string>& command) {
  std::vector<fs::path> inputs;
  for (const std::string& argument : command) {
    const fs::path file = argument;
    if (file.extension() == ".o" || file.extension() == ".a") inputs.push_back(file);
  }
  return inputs;
}

// What a submission may not define over: everything of ours on its link line, but for the modules
// that it may replace.
std::vector<fs::path> protected_inputs(const JudgeSetup& setup) {
  std::vector<fs::path> inputs =
      link_inputs(setup.toolchain.worker_link_command(setup.module, {}, "worker"));
  if (!setup.options.own_chain) return inputs;
  for (const Module* earlier : setup.course.before(setup.module)) {
    std::erase(inputs, setup.toolchain.module_build(*earlier).reference);
  }
  return inputs;
}

}  // namespace

fs::path reference_worker(const Course& course, const Toolchain& toolchain, const Module& module) {
  std::vector<fs::path> objects;
  std::vector<fs::path> sources;
  for (const Part& part : module.parts) {
    sources.push_back(course.solution_source(module, part));
    objects.push_back(compiled(toolchain, module, part, sources.back()));
  }
  const auto table = toolchain.task_table(module, sources);
  objects.insert(objects.end(), table.begin(), table.end());
  std::string key;
  for (const fs::path& input :
       link_inputs(toolchain.worker_link_command(module, objects, "worker"))) {
    key += sha256(read_file(input, 1u << 30));
  }
  const fs::path binary =
      toolchain.build_dir() / "judge" / module.name / "reference" / sha256(key).substr(0, 16);
  if (fs::exists(binary)) return binary;
  fs::remove_all(binary.parent_path());
  fs::create_directories(binary.parent_path());
  const fs::path temporary = binary.string() + fmt::format(".{}.tmp", ::getpid());
  const ProcessResult result =
      run_process(toolchain.worker_link_command(module, objects, temporary));
  if (!result.ok()) throw InternalError("the reference does not link:\n" + result.err);
  fs::rename(temporary, binary);
  return binary;
}

Judge::Judge(const Course& course, const Toolchain& toolchain, const Module& module,
             const Sandbox& sandbox, const JudgeOptions& options)
    : setup_{course, toolchain, module, sandbox, options, {}, {}, {}, {}, {}, {}, {}, {}, 0} {
  must_be_gradable(course, toolchain, module);
  must_have(lack_of_processes(options.worker.box.processes + kOurProcesses));
  toolchain.prepare_all(module);
  for (const Part& part : module.parts) {
    const std::string text = pristine_stub(course, module, part);
    // In the build folder, since the compiled stub is kept by its path and content.
    const fs::path source = toolchain.build_dir() / "judge" / module.name / part.source();
    if (!fs::exists(source) || read_file(source) != text) write_file_atomically(source, text);
    setup_.stub_texts[part.name] = text;
    setup_.stub_sources[part.name] = source;
    setup_.stub_objects[part.name] = compiled(toolchain, module, part, source);
    setup_.stub_symbols[part.name] = own_symbols(setup_.stub_objects[part.name]);
  }
  setup_.workshop = std::make_unique<Workshop>(course, toolchain, module, sandbox, setup_.stage,
                                               options.workshop);
  setup_.rules = std::make_unique<SymbolRules>(
      protected_inputs(setup_), toolchain.worker_link_command(module, {}, "").front());
  const fs::path reference_built = reference_worker(course, toolchain, module);
  // A worker as the linker leaves it and as it is taken from there, objects, and one more of each.
  setup_.space = 3 * fs::file_size(reference_built) + kSpaceForObjects;
  const fs::path worker = setup_.stage.copy(reference_built, "reference/worker");
  must_have(lack_of_space(setup_.stage.root(), setup_.space));
  Conversation reference(sandbox, worker, options.worker, 0);
  setup_.questions = make_questions(reference, task_ids(module, false),
                                    task_ids(module, options.core_only), options.seed);
}

int Judge::take_slot() {
  const std::lock_guard lock(mutex_);
  int slot = 0;
  while (busy_slots_.count(slot) > 0) ++slot;
  busy_slots_.insert(slot);
  return slot;
}

void Judge::give_back(int slot) {
  const std::lock_guard lock(mutex_);
  busy_slots_.erase(slot);
}

SubmissionResult Judge::grade(const fs::path& path, const std::string& id) {
  std::string trouble;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    std::this_thread::sleep_for(attempt * kPause);  // a trouble may pass
    check_interrupt();
    const int slot = take_slot();
    std::string job;
    {
      const std::lock_guard lock(mutex_);
      job = fmt::format("job{}", next_job_++);
    }
    try {
      SubmissionResult result = Attempt(setup_, job, slot).run(path, id);
      give_back(slot);
      return result;
    } catch (const UserError&) {
      give_back(slot);
      throw;
    } catch (const Interrupted&) {
      give_back(slot);
      throw;
    } catch (const std::exception& error) {
      // Whatever it is, it must not cost the other submissions their verdicts.
      give_back(slot);
      trouble = error.what();
    }
  }
  return not_graded(id, trouble);
}

SubmissionResult Judge::not_graded(const std::string& id, const std::string& trouble) const {
  const bool core_only = setup_.options.core_only;
  SubmissionResult result{id, 0, setup_.module.total_points(core_only), {}, {}};
  for (const std::string& task : task_ids(setup_.module, core_only)) {
    result.tasks.push_back({task, Verdict::kInfrastructureError, 0, one_line(clip(trouble, 400))});
  }
  return result;
}

}  // namespace tito
