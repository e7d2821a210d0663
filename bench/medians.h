#pragma once
// The usual console, and the medians kept for what a program prints after it.

#include <benchmark/benchmark.h>

#include <map>
#include <string>
#include <vector>

namespace bench {

class Medians : public benchmark::ConsoleReporter {
 public:
  // Medians only, one line a benchmark.
  explicit Medians(OutputOptions options = OO_Tabular) : ConsoleReporter(options) {}

  void ReportRuns(const std::vector<Run>& runs) override {
    std::vector<Run> shown;
    for (const Run& run : runs) {
      if (run.aggregate_name != "median") continue;
      const std::string& arguments = run.run_name.args;
      medians_[run.run_name.function_name + (arguments.empty() ? "" : "/" + arguments)] =
          run.GetAdjustedRealTime();
      shown.push_back(run);
    }
    if (!shown.empty()) ConsoleReporter::ReportRuns(shown);
  }

  // Median time of each benchmark, in its unit.
  const std::map<std::string, double>& times() const { return medians_; }

 private:
  std::map<std::string, double> medians_;
};

// Runs what was registered, repetitions taking turns, so that a drift of the machine meets all.
inline void run_interleaved(int argc, char** argv, Medians& medians) {
  std::string interleave = "--benchmark_enable_random_interleaving=true";
  std::vector<char*> arguments(argv, argv + argc);
  arguments.push_back(interleave.data());
  int count = static_cast<int>(arguments.size());
  benchmark::Initialize(&count, arguments.data());
  if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) std::exit(2);
  benchmark::RunSpecifiedBenchmarks(&medians);
}

}  // namespace bench
