#include "lab/qat_ablation/workers.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <functional>
#include <map>
#include <optional>

#include "lab/qat_ablation/step_times.h"
#include "lab/qat_ablation/train_run.h"
#include "tinytorch/core/error.h"
#include "tinytorch/data/file.h"

namespace tinytorch::lab {
namespace {

namespace fs = std::filesystem;

// The files of an experiment.
class Files {
 public:
  explicit Files(fs::path out) : out_(std::move(out)) {}
  fs::path settings() const { return out_ / "settings.txt"; }
  fs::path timing() const { return out_ / "timing.json"; }
  fs::path run(const std::string& name, std::int64_t seed) const {
    return out_ / "runs" / concat(name, "-seed", seed, ".json");
  }
  fs::path checkpoint(std::int64_t seed) const {
    return out_ / "checkpoints" / concat("seed", seed, ".safetensors");
  }
  void make_folders() const {
    fs::create_directories(out_ / "runs");
    fs::create_directories(out_ / "checkpoints");
  }
  const fs::path& folder() const { return out_; }

 private:
  fs::path out_;
};

// Held while an experiment runs; workers do not inherit it.
class FolderLock {
 public:
  explicit FolderLock(const fs::path& folder) {
    const std::string path = (folder / "lock").string();
    descriptor_ = ::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644);
    if (descriptor_ >= 0 && ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return;
    if (descriptor_ >= 0) ::close(descriptor_);
    throw Error(concat("qat-ablation: ", folder.string(), " is in use by another process"));
  }
  ~FolderLock() { ::close(descriptor_); }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int descriptor_ = -1;
};

void require_same_settings(const Files& files, const Settings& settings) {
  const std::string ours = fingerprint(settings) + "\n";
  if (!fs::exists(files.settings())) return data::write_file_atomically(files.settings(), ours);
  const std::string theirs = data::read_file(files.settings());
  if (theirs == ours) return;
  throw Error(concat("qat-ablation: ", files.folder().string(),
                     " holds results of other settings (", theirs.substr(0, theirs.find('\n')),
                     "); choose another --out"));
}

std::string machine_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != line.npos) return line.substr(colon + 2);
  }
  return "unknown processor";
}

std::int64_t steps_of(const Settings& settings, const Run& run, const Timing& timing) {
  if (!run.equal_time) return settings.plan.steps;
  const std::int64_t begin = run.start == Start::kLate ? settings.late_start : 0;
  return equal_time_steps(settings.plan.steps, begin, timing.find(timed_arm(run)).ratio);
}

// The equal-steps run that an equal-time run comes out the same as, because it has as many steps;
// empty where it has others.
std::string same_run(const Settings& settings, const Run& run, std::int64_t steps) {
  const bool same = run.equal_time && steps == settings.plan.steps;
  return same ? run.name.substr(0, run.name.find("-time")) : "";
}

// What must be there before a run can begin; empty: nothing.
fs::path needed(const Files& files, const Settings& settings, const Run& run, std::int64_t steps,
                std::int64_t seed) {
  const std::string same = same_run(settings, run, steps);
  if (!same.empty()) return files.run(same, seed);
  return shares_beginning(settings, run, steps) ? files.run("prefix", seed) : fs::path();
}

struct Job {
  std::string run;
  std::int64_t seed = 0;
  fs::path result;
  fs::path needs;  // empty: nothing
};

// Beginnings first, so that what goes on from them need not wait.
std::vector<Job> missing_jobs(const Files& files, const Settings& settings, const Timing& timing) {
  std::vector<Job> jobs;
  const std::vector<Run> runs = all_runs(settings);
  for (const bool beginnings : {true, false}) {
    for (std::int64_t seed = 1; seed <= settings.seeds; ++seed) {
      for (const Run& run : runs) {
        if (run.prefix != beginnings || fs::exists(files.run(run.name, seed))) continue;
        const std::int64_t steps = steps_of(settings, run, timing);
        jobs.push_back(
            {run.name, seed, files.run(run.name, seed), needed(files, settings, run, steps, seed)});
      }
    }
  }
  return jobs;
}

pid_t start_worker(const Experiment& experiment, const std::string& run, std::int64_t seed) {
  std::vector<std::string> arguments{"qat_ablation",
                                     "--worker",
                                     run,
                                     "--seed",
                                     std::to_string(seed),
                                     "--out",
                                     experiment.out.string(),
                                     "--commit",
                                     experiment.commit};
  arguments.insert(arguments.end(), experiment.arguments.begin(), experiment.arguments.end());
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) throw Error("qat-ablation: no process can be started");
  if (pid > 0) return pid;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(3);  // killed before the line above
  ::execv("/proc/self/exe", argv.data());
  ::_exit(3);
}

// The id of a worker that has ended, and whether well.
std::pair<pid_t, bool> wait_for_worker() {
  int status = 0;
  const pid_t pid = ::waitpid(-1, &status, 0);
  return {pid, WIFEXITED(status) && WEXITSTATUS(status) == 0};
}

void tell(std::size_t done, std::size_t all, const RunResult& result) {
  std::fprintf(stderr, "  %3zu of %zu  %-22s seed %d  %5.0f s", done, all, result.run.c_str(),
               static_cast<int>(result.seed), result.seconds);
  if (!result.stored.empty()) {
    std::fprintf(stderr, "  %.4f bpb, stored %.4f", result.before.plain,
                 result.stored.front().score.plain);
  }
  std::fprintf(stderr, "\n");
}

class Pool {
 public:
  Pool(const Experiment& experiment, std::vector<Job> waiting)
      : experiment_(experiment), waiting_(std::move(waiting)), all_(waiting_.size()) {}

  void run() {
    while (!waiting_.empty() || !running_.empty()) {
      start_what_can_be();
      if (running_.empty()) throw Error("qat-ablation: what other runs go on from is missing");
      const auto [pid, well] = wait_for_worker();
      const auto found = running_.find(pid);
      if (found == running_.end()) continue;
      const Job job = found->second;
      running_.erase(found);
      if (!well) return give_up(job);
      tell(++done_, all_, run_result_from_json(data::read_file(job.result)));
    }
  }

 private:
  void start_what_can_be() {
    for (auto job = waiting_.begin(); job != waiting_.end();) {
      if (running_.size() >= static_cast<std::size_t>(experiment_.jobs)) return;
      if (!job->needs.empty() && !fs::exists(job->needs)) {
        ++job;
        continue;
      }
      running_.emplace(start_worker(experiment_, job->run, job->seed), *job);
      job = waiting_.erase(job);
    }
  }

  // The others' results are not lost: they end what they have begun.
  void give_up(const Job& job) {
    while (!running_.empty()) running_.erase(wait_for_worker().first);
    throw Error(concat("qat-ablation: run ", job.run, ", seed ", job.seed, ", failed; see above"));
  }

  const Experiment& experiment_;
  std::vector<Job> waiting_;
  std::map<pid_t, Job> running_;
  std::size_t all_;
  std::size_t done_ = 0;
};

}  // namespace

void run_worker(const Experiment& experiment, const std::string& run, std::int64_t seed) {
  const Files files(experiment.out);
  const milestones::TextSplit text = milestones::load_moby_dick();
  if (run == "timing") {
    Timing timing = measure_step_times(experiment.settings, text.train);
    timing.commit = experiment.commit;
    return data::write_file_atomically(files.timing(), to_json(timing));
  }
  const std::vector<Run> runs = all_runs(experiment.settings);
  const Run& found = find_run(runs, run);
  const Timing timing = timing_from_json(data::read_file(files.timing()));
  RunRequest request{.seed = static_cast<std::uint64_t>(seed),
                     .steps = steps_of(experiment.settings, found, timing)};
  const std::string same = same_run(experiment.settings, found, request.steps);
  if (!same.empty()) {
    RunResult result = run_result_from_json(data::read_file(files.run(same, seed)));
    result.run = run;
    return data::write_file_atomically(files.run(run, seed), to_json(result));
  }
  if (found.prefix || shares_beginning(experiment.settings, found, request.steps)) {
    request.checkpoint = files.checkpoint(seed).string();
  }
  RunResult result = train_run(experiment.settings, found, request, text);
  result.commit = experiment.commit;
  data::write_file_atomically(files.run(run, seed), to_json(result));
}

Results run_experiment(const Experiment& experiment) {
  const Settings& settings = experiment.settings;
  const Files files(experiment.out);
  files.make_folders();
  const FolderLock lock(experiment.out);
  require_same_settings(files, settings);
  if (!fs::exists(files.timing())) {
    std::fprintf(stderr, "  timing a step in each way …\n");
    start_worker(experiment, "timing", 0);
    if (!wait_for_worker().second) throw Error("qat-ablation: timing failed; see above");
  }
  const Timing timing = timing_from_json(data::read_file(files.timing()));
  Pool(experiment, missing_jobs(files, settings, timing)).run();
  Results results{.name = settings.name,
                  .fingerprint = fingerprint(settings),
                  .machine = machine_name(),
                  .seeds = settings.seeds,
                  .steps = settings.plan.steps,
                  .late_start = settings.late_start,
                  .extras_bits = settings.extras_bits,
                  .timing = timing,
                  .runs = {}};
  for (const Run& run : all_runs(settings)) {
    for (std::int64_t seed = 1; seed <= settings.seeds; ++seed) {
      results.runs.push_back(run_result_from_json(data::read_file(files.run(run.name, seed))));
    }
  }
  return results;
}

}  // namespace tinytorch::lab
