// tito lab: experiments that answer a question, with their programs in lab/.

#include <fmt/format.h>

#include "tito/base/error.h"
#include "tito/base/process.h"
#include "tito/build/configure.h"
#include "tito/commands/commands.h"
#include "tito/commands/session.h"

namespace tito {
namespace {

namespace fs = std::filesystem;

struct Options {
  bool smoke = false;
  std::string jobs;  // numbers as they were typed: the program knows their limits
  std::string seeds;
  std::string steps;
  std::string artifact_limit;
  std::string out;
  std::string page;
  void declare(Arguments& arguments) {
    arguments.flag("--smoke", smoke, "All of it in seconds, on a model that learns nothing");
    arguments.option("--jobs", jobs, "Runs at once, one thread each (2)");
    arguments.option("--seeds", seeds, "Seeds, each paired with itself (5; smoke: 2)");
    arguments.option("--steps", steps, "Training steps of the float run, at least 20");
    arguments.option("--artifact-limit", artifact_limit,
                     "Exit 1 when a stored model has more bytes than this");
    arguments.option("--out", out,
                     "Where results go, and where an interrupted run goes on "
                     "(.tito/lab/qat-ablation)");
    arguments.option("--page", page, "Rewrite the results in this page, and the files beside it");
  }
};

// "3f2a90c", with a + where the tree has changes; "unknown" outside of git.
std::string commit_of(const fs::path& root) {
  const fs::path git = find_program("git");
  if (git.empty()) return "unknown";
  ProcessOptions process;
  process.directory = root;
  const auto commit = run_process({git.string(), "rev-parse", "--short", "HEAD"}, process);
  if (!commit.ok()) return "unknown";
  const auto changes =
      run_process({git.string(), "status", "--porcelain", "--untracked-files=no"}, process);
  const std::string name = commit.out.substr(0, commit.out.find('\n'));
  return changes.ok() && changes.out.empty() ? name : name + "+";
}

void add_option(std::vector<std::string>& argv, const char* name, const std::string& value) {
  if (!value.empty()) argv.insert(argv.end(), {name, value});
}

int run(Session& session, const Options& options) {
  if (!fs::exists(session.root() / "lab" / "qat_ablation")) {
    throw UserError("this workspace holds no lab; the whole project does");
  }
  run_ninja(session.build_dir(), {"qat_ablation"});
  const fs::path out =
      options.out.empty()
          ? session.state_dir() / "lab" / (options.smoke ? "qat-ablation-smoke" : "qat-ablation")
          : fs::absolute(options.out);
  std::vector<std::string> argv{(session.build_dir() / "bin" / "qat_ablation").string(), "--out",
                                out.string(), "--commit", commit_of(session.root())};
  if (options.smoke) argv.emplace_back("--smoke");
  if (session.json) argv.emplace_back("--json");
  add_option(argv, "--jobs", options.jobs);
  add_option(argv, "--seeds", options.seeds);
  add_option(argv, "--steps", options.steps);
  add_option(argv, "--artifact-limit", options.artifact_limit);
  if (!options.page.empty()) add_option(argv, "--page", fs::absolute(options.page).string());
  ProcessOptions process;
  process.directory = session.root();
  process.inherit_output = true;
  const auto result = run_process(argv, process);
  if (result.signalled)
    throw InternalError(fmt::format("qat_ablation ended by signal {}", result.signal));
  return result.exit_code;
}

}  // namespace

Command lab_command() {
  return make_command<Options>(
      "lab qat-ablation", "Learning", "When does quantization-aware training pay? An experiment",
      "Trains byte-level GPTs on a novel with and without QAT, at int8, int6 and int4, at equal\n"
      "steps and in equal processor time, several seeds each, and says with intervals what QAT\n"
      "changed. The full run takes up to two hours on two cores; killed, it goes on where it was\n"
      "when it is started again. docs/qat_ablation.md tells what was found.\n\n"
      "Examples:\n"
      "  tito lab qat-ablation --smoke\n"
      "  tito lab qat-ablation --out ablation --page docs/qat_ablation.md\n"
      "  tito lab qat-ablation --steps 600 --seeds 3 --artifact-limit 400000",
      run);
}

}  // namespace tito
