#pragma once
// What the ladder of a module is made of: rungs that do the same work, each meant to be faster than
// the one before. `tito bench NN` runs such a program and shows what it prints: one JSON object a
// line, as soon as it is known (ladder.cpp says which).

#include <functional>
#include <string>
#include <vector>

namespace bench {

struct Rung {
  std::string name;  // "packed panels"
  std::string task;  // "18.3"; empty: not a learner's (given, another module's, a peer's)
  std::function<void()> run;
  std::function<bool()> right;  // compares what run() left behind; empty: nothing to compare
  // How many times the rung before it should at least be reached; 0: none. Never decides more than
  // what is shown.
  double floor = 0.0;
  bool over_best = false;  // `floor` is over the fastest rung before it, not over the last
};

struct Ladder {
  std::string name;         // "float product, 512 x 512 x 512"
  std::string unit;         // "GFLOP/s"
  double operations = 0.0;  // of one run, in the unit's 10^9
  std::vector<Rung> rungs;
  std::vector<Rung> peers;
  std::vector<std::string> missing;  // "oneDNN (libdnnl-dev)"
};

struct Settings {
  int size = 512;         // the side of the products
  double seconds = 0.25;  // for each rung
};

// Reads --size and --seconds, builds the ladders and measures them. Returns the exit status; bad
// arguments are told on standard error and give 2.
int run_ladders(int argc, char** argv,
                const std::function<std::vector<Ladder>(const Settings&)>& build);

}  // namespace bench
