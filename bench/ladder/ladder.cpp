#include "bench/ladder/ladder.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <limits>
#include <nlohmann/json.hpp>
#include <string_view>

#include "tinytorch/core/error.h"

namespace bench {
namespace {

constexpr int kRounds =
    5;  // rungs take turns, so that a slow moment of the machine meets all alike

double now() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(since).count();
}

using Json = nlohmann::ordered_json;

void print(const Json& item) {
  std::printf("%s\n", item.dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
  std::fflush(stdout);
}

struct Measured {
  const Rung* rung;
  bool peer;
  std::string status = "measured";  // or unsolved, wrong, failed
  std::string message{};
  double best = std::numeric_limits<double>::infinity();  // seconds of one run
  int calls = 1;                                          // in one sample
};

// The first run: whether it is there, whether it is right, how long it takes.
void try_out(Measured& one, double seconds) {
  print({{"measuring", one.rung->name}});
  try {
    const double begin = now();
    one.rung->run();
    const double took = std::max(now() - begin, 1e-9);
    if (one.rung->right && !one.rung->right()) one.status = "wrong";
    one.calls = static_cast<int>(std::clamp(seconds / kRounds / took, 1.0, 1e5));
  } catch (const tinytorch::NotImplemented& stub) {
    one.status = "unsolved";
  } catch (const std::exception& error) {
    one.status = "failed";
    one.message = error.what();
  }
}

void sample(Measured& one) {
  if (one.status != "measured") return;
  const double begin = now();
  for (int call = 0; call < one.calls; ++call) one.rung->run();
  one.best = std::min(one.best, (now() - begin) / one.calls);
}

Json to_json(const Ladder& ladder, const Measured& one) {
  Json item{{"ladder", ladder.name},
            {"unit", ladder.unit},
            {"rung", one.rung->name},
            {"task", one.rung->task},
            {"peer", one.peer},
            {"floor", one.rung->floor},
            {"over_best", one.rung->over_best},
            {"status", one.status}};
  if (!one.message.empty()) item["message"] = one.message;
  if (one.status == "measured") {
    item["rate"] = ladder.operations * 1e-9 / one.best;
    item["seconds"] = one.best;
  }
  return item;
}

void measure(const Ladder& ladder, const Settings& settings) {
  std::vector<Measured> all;
  for (const Rung& rung : ladder.rungs) all.push_back({&rung, false});
  for (const Rung& peer : ladder.peers) all.push_back({&peer, true});
  for (Measured& one : all) try_out(one, settings.seconds);
  for (int round = 0; round < kRounds; ++round) {
    for (Measured& one : all) sample(one);
  }
  for (const Measured& one : all) print(to_json(ladder, one));
  for (const std::string& name : ladder.missing) {
    print({{"ladder", ladder.name}, {"missing", name}});
  }
}

template <typename Number>
bool parse(const char* text, Number low, Number high, Number& value) {
  char* end = nullptr;
  const double number = std::strtod(text, &end);
  if (end == text || *end != '\0') return false;
  // NaN is in no range.
  if (!(number >= static_cast<double>(low) && number <= static_cast<double>(high))) return false;
  value = static_cast<Number>(number);
  return static_cast<double>(value) == number;
}

bool read_settings(int argc, char** argv, Settings& settings) {
  for (int i = 1; i < argc; i += 2) {
    const std::string_view name = argv[i];
    if (i + 1 == argc) return false;
    const bool known = name == "--size"      ? parse(argv[i + 1], 4, 4096, settings.size)
                       : name == "--seconds" ? parse(argv[i + 1], 0.0, 60.0, settings.seconds)
                                             : false;
    if (!known) return false;
  }
  return true;
}

}  // namespace

int run_ladders(int argc, char** argv,
                const std::function<std::vector<Ladder>(const Settings&)>& build) {
  Settings settings;
  if (!read_settings(argc, argv, settings)) {
    std::fprintf(stderr, "usage: %s [--size 4..4096] [--seconds 0..60]\n", argv[0]);
    return 2;
  }
  try {
    for (const Ladder& ladder : build(settings)) measure(ladder, settings);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}

}  // namespace bench
