// tito grade: strangers' submissions, judged in another process.

#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <mutex>
#include <random>
#include <set>

#include "tito/base/error.h"
#include "tito/base/files.h"
#include "tito/base/interrupt.h"
#include "tito/base/parallel.h"
#include "tito/commands/commands.h"
#include "tito/commands/session.h"
#include "tito/commands/targets.h"
#include "tito/judge/judge.h"
#include "tito/judge/report.h"

namespace tito {
namespace {

struct Options {
  std::string module;
  std::vector<std::string> paths;
  std::string seed;
  int jobs = 0;
  std::string track = "all";
  std::string csv;
  bool own_chain = false;
  bool trust = false;

  void declare(Arguments& arguments) {
    arguments.positional("module", module, "The module, as in 15_quantization", true);
    arguments.positionals("path", paths, "Folders or zip files, one a submission", true);
    arguments.option("--seed", seed, "Draw the inputs of an earlier run again (default: random)");
    arguments.option("--jobs", jobs, "Submissions at a time (default: one a core)");
    arguments.option("--track", track, "Tasks to ask for: core or all (the default)");
    arguments.option("--csv", csv, "Also write the marks to this file");
    arguments.flag("--own-chain", own_chain,
                   "Link a submission's own earlier modules where it has them");
    arguments.flag("--i-trust-this-code", trust, "Run without walls where no sandbox works");
  }
};

std::uint64_t seed_from(const std::string& text) {
  if (text.empty()) return std::random_device()();
  std::int64_t seed = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seed);
  if (error != std::errc() || end != text.data() + text.size() || seed < 0) {
    throw UserError("--seed " + text + ": expected a whole number, as the report of a run states");
  }
  return static_cast<std::uint64_t>(seed);
}

// The names of the folders or zips; the whole path where two share a name.
std::vector<std::string> ids_of(const std::vector<std::string>& paths) {
  std::vector<std::string> ids;
  std::multiset<std::string> seen;
  for (const std::string& path : paths) {
    const std::filesystem::path absolute = std::filesystem::absolute(path).lexically_normal();
    ids.push_back(absolute.has_filename() ? absolute.filename().string()
                                          : absolute.parent_path().filename().string());
    seen.insert(ids.back());
  }
  for (std::size_t i = 0; i < paths.size(); ++i) {
    if (seen.count(ids[i]) > 1) ids[i] = paths[i];
  }
  return ids;
}

// "graded 3 of 20", rewritten in place; only where a person looks.
class Progress {
 public:
  explicit Progress(std::size_t total) : total_(total), on_(::isatty(STDERR_FILENO) == 1) {
    show();
  }
  ~Progress() {
    if (on_) fmt::print(stderr, "\r\x1b[K");
  }
  void one_more() {
    const std::lock_guard lock(mutex_);
    ++done_;
    show();
  }

 private:
  void show() const {
    if (!on_) return;
    fmt::print(stderr, "\r\x1b[K  graded {} of {}", done_, total_);
    std::fflush(stderr);
  }
  std::size_t total_;
  std::size_t done_ = 0;
  bool on_;
  std::mutex mutex_;
};

std::vector<SubmissionResult> grade_all(Judge& judge, const Options& options) {
  const std::vector<std::string> ids = ids_of(options.paths);
  std::vector<SubmissionResult> results(ids.size());
  Progress progress(ids.size());
  parallel_for(
      ids.size(),
      [&](std::size_t i) {
        check_interrupt();
        results[i] = judge.grade(options.paths[i], ids[i]);
        progress.one_more();
      },
      static_cast<std::size_t>(options.jobs));
  return results;
}

bool has_own_trouble(const GradeReport& report) {
  for (const SubmissionResult& submission : report.submissions) {
    for (const TaskResult& task : submission.tasks) {
      if (task.verdict == Verdict::kInfrastructureError) return true;
    }
  }
  return false;
}

int run(Session& session, const Options& options) {
  for (const std::string& path : options.paths) {
    if (!std::filesystem::exists(path)) throw UserError(path + ": no such folder or zip file");
  }
  if (options.jobs < 0) throw UserError("--jobs takes a number of submissions, 1 or more");
  JudgeOptions judging;
  judging.seed = seed_from(options.seed);
  judging.core_only = is_core_only(options.track);
  judging.own_chain = options.own_chain;
  const Module& module = session.course().find_module(options.module);
  const Sandbox sandbox = Sandbox::detect(options.trust);
  Judge judge(session.course(), session.toolchain(), module, sandbox, judging);
  const GradeReport report{module.name, options.track, to_string(sandbox.rung()), judging.seed,
                           grade_all(judge, options)};
  if (!options.csv.empty()) write_file_atomically(options.csv, to_csv(report));
  fmt::print("{}", session.json ? to_json(report) : to_text(report));
  return has_own_trouble(report) ? kInternal : kSuccess;
}

}  // namespace

Command grade_command() {
  return make_command<Options>(
      "grade", "Teaching", "Judge submissions of a module in a sandbox",
      "Each submission's sources of the module are compiled and run in a sandbox; what they answer "
      "to fresh inputs is compared here with what the reference answers. Everything else in a "
      "submission is ignored.\n\n"
      "Examples:\n"
      "  tito grade 15_quantization submissions/*.zip\n"
      "  tito grade 15 alice/ bob.zip --csv marks.csv\n"
      "  tito grade 15 alice/ --seed 1234 --json     the same inputs again\n"
      "  tito grade 15 alice/ --track core           marks for the core alone\n\n"
      "Exit status 0 when every submission got its verdicts, whatever they are; 3 when one is "
      "infrastructure-error.",
      run);
}

}  // namespace tito
