// When does quantization-aware training pay? README.md in this folder says what is compared with
// what; docs/qat_ablation.md what was found.
//
//   qat_ablation [--smoke] [--steps N] [--seeds N] [--jobs N] [--artifact-limit BYTES]
//                [--out DIR] [--page FILE] [--from RESULTS.json] [--json] [--commit TEXT]
//
// Exit status: 0; 1 when an artifact is larger than the limit or a run fails; 2 wrong usage.
#include <charconv>
#include <cstdio>
#include <map>
#include <optional>

#include "lab/qat_ablation/page.h"
#include "lab/qat_ablation/tables.h"
#include "lab/qat_ablation/workers.h"
#include "tinytorch/core/error.h"
#include "tinytorch/core/threads.h"
#include "tinytorch/data/file.h"

namespace {

using namespace tinytorch;       // NOLINT: a program, not a header
using namespace tinytorch::lab;  // NOLINT
namespace fs = std::filesystem;

constexpr const char* kOptions =
    "options: --smoke, --json, --steps N, --seeds N, --jobs N, --artifact-limit BYTES, --out DIR, "
    "--page FILE";

struct UsageError : Error {
  using Error::Error;
};

struct Options {
  bool smoke = false;
  bool json = false;
  std::optional<std::int64_t> steps;
  std::optional<std::int64_t> seeds;
  std::int64_t seed = 1;  // of a worker
  std::int64_t jobs = 2;
  std::int64_t artifact_limit = 0;  // 0: none
  std::string out = "qat_ablation_results";
  std::string page;
  std::string from;
  std::string commit = "unknown";
  std::string worker;
};

std::int64_t number(const std::string& name, const std::string& text, std::int64_t least) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < least) {
    throw UsageError(concat("qat-ablation: ", name, " must be a whole number of at least ", least,
                            ", got \"", text, "\""));
  }
  return value;
}

Options options_from(int argc, char** argv) {
  Options options;
  const std::map<std::string, bool*> flags{{"--smoke", &options.smoke}, {"--json", &options.json}};
  const std::map<std::string, std::string*> texts{{"--out", &options.out},
                                                  {"--page", &options.page},
                                                  {"--from", &options.from},
                                                  {"--commit", &options.commit},
                                                  {"--worker", &options.worker}};
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (flags.count(name) > 0) {
      *flags.at(name) = true;
      continue;
    }
    const bool last = i + 1 == argc;
    const std::string value = last ? "" : argv[++i];
    if (last)
      throw UsageError(concat("qat-ablation: ", name, " is unknown or needs a value; ", kOptions));
    if (texts.count(name) > 0) {
      *texts.at(name) = value;
    } else if (name == "--steps") {
      options.steps = number(name, value, 20);
    } else if (name == "--seeds") {
      options.seeds = number(name, value, 1);
    } else if (name == "--seed") {
      options.seed = number(name, value, 0);
    } else if (name == "--jobs") {
      options.jobs = number(name, value, 1);
    } else if (name == "--artifact-limit") {
      options.artifact_limit = number(name, value, 1);
    } else {
      throw UsageError(concat("qat-ablation: there is no option ", name, "; ", kOptions));
    }
  }
  if (options.smoke && options.steps) {
    throw UsageError("qat-ablation: --smoke has its own number of steps; leave out --steps");
  }
  return options;
}

Experiment experiment_of(const Options& options) {
  Experiment experiment;
  experiment.settings =
      options.smoke ? smoke_settings() : settings_of(options.steps.value_or(Settings{}.plan.steps));
  if (options.seeds) experiment.settings.seeds = *options.seeds;
  experiment.out = fs::absolute(options.out);
  experiment.jobs = static_cast<int>(options.jobs);
  experiment.commit = options.commit;
  if (options.smoke) experiment.arguments = {"--smoke"};
  if (options.steps) experiment.arguments = {"--steps", std::to_string(*options.steps)};
  return experiment;
}

void print_tables(const Results& results) {
  for (const TextTable& table :
       {factorial_table(results, false), extras_table(results), warmdown_table(results),
        step_table(results), control_table(results)}) {
    std::fputs(for_terminal(table).c_str(), stdout);
  }
}

// The gate: whether every artifact fits. Names those that do not.
bool within_limit(const Results& results, std::int64_t limit) {
  bool within = true;
  for (const RunResult& run : results.runs) {
    for (const StoredResult& stored : run.stored) {
      if (limit == 0 || stored.bytes <= limit) continue;
      within = false;
      std::fprintf(stderr, "  run %s, seed %d, stored as %s: %lld bytes, the limit is %lld\n",
                   run.run.c_str(), static_cast<int>(run.seed), stored.storage.c_str(),
                   static_cast<long long>(stored.bytes), static_cast<long long>(limit));
    }
  }
  return within;
}

int run(const Options& options) {
  set_num_threads(1);
  const Experiment experiment = experiment_of(options);
  if (!options.worker.empty()) {
    run_worker(experiment, options.worker, options.seed);
    return 0;
  }
  const bool given = !options.from.empty();
  const Results results =
      given ? results_from_json(data::read_file(options.from)) : run_experiment(experiment);
  if (!given) write_files(results, experiment.out);
  if (options.json) {
    std::fputs(to_json(results).c_str(), stdout);
  } else {
    print_tables(results);
    if (!given)
      std::printf("\n  Written to %s: results.json, results.csv, times.csv, results.svg\n",
                  experiment.out.c_str());
  }
  if (!options.page.empty()) write_page(results, options.page);
  return within_limit(results, options.artifact_limit) ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(options_from(argc, argv));
  } catch (const UsageError& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
