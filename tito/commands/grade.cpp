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
  int budget = 600;
  bool own_chain = false;
  bool trust = false;

  void declare(Arguments& arguments) {
    arguments.positional("module", module, "The module, as in 15_quantization", true);
    arguments.positionals(
        "path", paths, "Folders, zip files, tar balls or single sources, one a submission", true);
    arguments.option("--seed", seed, "Draw the inputs of an earlier run again (default: random)");
    arguments.option("--jobs", jobs, "Submissions at a time (default: one a core)");
    arguments.option("--track", track, "Tasks to ask for: core or all (the default)");
    arguments.option("--csv", csv, "Also write the marks to this file");
    arguments.option("--budget", budget,
                     "Seconds that one submission may take in all (default: 600)");
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

// Before anything is graded: marks that cannot be written afterwards are hours lost.
void must_be_writable(const Options& options) {
  if (options.csv.empty()) return;
  const std::filesystem::path csv = options.csv;
  std::error_code error;
  const auto type = std::filesystem::status(csv, error).type();
  for (const std::string& path : options.paths) {
    if (std::filesystem::equivalent(path, csv, error)) {
      throw UserError("--csv " + options.csv + ": that is a submission; name another file");
    }
  }
  if (type != std::filesystem::file_type::not_found &&
      type != std::filesystem::file_type::regular) {
    throw UserError("--csv " + options.csv +
                    ": cannot be written, since it is no regular file; name another one");
  }
  const std::filesystem::path trial = csv.string() + fmt::format(".trial{}", ::getpid());
  try {
    write_file_atomically(trial, "");
  } catch (const std::exception& trouble) {
    throw UserError("--csv " + options.csv + ": cannot be written: " + trouble.what());
  }
  std::filesystem::remove(trial, error);
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

// What is gone by the time its turn comes costs the others nothing.
SubmissionResult graded(Judge& judge, const std::string& path, const std::string& id) {
  try {
    return judge.grade(path, id);
  } catch (const UserError& error) {
    return judge.not_graded(id, error.what());
  }
}

std::vector<SubmissionResult> grade_all(Judge& judge, const Options& options) {
  const std::vector<std::string> ids = ids_of(options.paths);
  std::vector<SubmissionResult> results(ids.size());
  Progress progress(ids.size());
  parallel_for(
      ids.size(),
      [&](std::size_t i) {
        check_interrupt();
        results[i] = graded(judge, options.paths[i], ids[i]);
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

// A name that is there at all may lead anywhere: what it leads to is judged with the submission.
void must_be_there(const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    std::error_code error;
    if (std::filesystem::symlink_status(path, error).type() ==
        std::filesystem::file_type::not_found) {
      throw UserError(path + ": no such folder, archive or source");
    }
  }
}

int run(Session& session, const Options& options) {
  must_be_there(options.paths);
  if (options.jobs < 0) throw UserError("--jobs takes a number of submissions, 1 or more");
  if (options.budget < 1) throw UserError("--budget takes a number of seconds, 1 or more");
  must_be_writable(options);
  JudgeOptions judging;
  judging.seed = seed_from(options.seed);
  judging.core_only = is_core_only(options.track);
  judging.own_chain = options.own_chain;
  judging.budget = std::chrono::seconds(options.budget);
  const Module& module = session.course().find_module(options.module);
  const Sandbox sandbox = Sandbox::detect(options.trust);
  GradeReport report{module.name, options.track, to_string(sandbox.rung()), judging.seed, {}};
  {
    // Gone, with its folders, before anything is printed: a reader may close the pipe.
    Judge judge(session.course(), session.toolchain(), module, sandbox, judging);
    report.submissions = grade_all(judge, options);
  }
  // Printed first, so that marks that cannot be written after all are not lost.
  fmt::print("{}", session.json ? to_json(report) : to_text(report));
  std::fflush(stdout);
  if (!options.csv.empty()) write_file_atomically(options.csv, to_csv(report));
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
      "  tito grade 15 alice/ --track core           marks for the core alone\n"
      "  tito grade 15 alice.tar.gz affine.cpp --budget 120\n\n"
      "Exit status 0 when every submission got its verdicts, whatever they are; 3 when one is "
      "infrastructure-error.",
      run);
}

}  // namespace tito
