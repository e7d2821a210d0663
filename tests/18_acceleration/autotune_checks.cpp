#include "tests/18_acceleration/checks.h"
#include "tinytorch/kernels/acceleration/autotune.h"

namespace checks18 {
namespace {

using namespace tinytorch::kernels;  // NOLINT: checks speak of nothing else

constexpr std::int64_t kRuns = 12;  // times drawn for each candidate

// A few distinct times, so that there are equals and some exactly 1.5 times as long.
Values draw_race(Rng& rng) {
  const std::int64_t count = integer(rng, 0, 5);
  std::vector<double> times;
  for (std::int64_t i = 0; i < count * kRuns; ++i) {
    times.push_back(0.5 * static_cast<double>(integer(rng, 2, 9)));
  }
  if (count > 1 && integer(rng, 0, 3) == 0) times[rng.below(times.size())] = -1.0;
  return Values().add_int("count", count).add_int("rounds", integer(rng, 0, 8)).add("times", times);
}

struct Race {
  std::vector<std::int64_t> ran;
  std::vector<Candidate> candidates;

  explicit Race(const Values& in) {
    const auto times = in.get<double>("times");
    for (std::int64_t c = 0; c < in.get_int("count"); ++c) {
      candidates.push_back({std::to_string(c), [this, times, c, run = std::int64_t{0}]() mutable {
                              ran.push_back(c);
                              const std::int64_t at = c * kRuns + std::min(run++, kRuns - 1);
                              return times[static_cast<std::size_t>(at)];
                            }});
    }
  }
};

Values shown(const Choice& choice) {
  return Values()
      .add_int("index", static_cast<std::int64_t>(choice.index))
      .add("seconds", std::vector<double>{choice.seconds})
      .add_int("runs", choice.runs);
}

}  // namespace

std::vector<Check> autotune_checks() {
  return {
      {"18.9",
       "races",
       "0 to 5 candidates, 0 to 8 rounds, equal times, broken clocks; who ran when",
       {},
       24,
       draw_race,
       [](const Values& in) {
         Race race(in);
         const Values result = or_error([&] {
           return shown(fastest(race.candidates, static_cast<int>(in.get_int("rounds"))));
         });
         return Values(result).add("ran", race.ran);
       }},
      {"18.9",
       "memory",
       "two keys asked twice, then with one candidate less",
       {},
       10,
       draw_race,
       [](const Values& in) {
         Race race(in);
         Tuner tuner(static_cast<int>(in.get_int("rounds")));
         std::vector<std::int64_t> answers;
         const auto ask = [&](const std::string& key, std::size_t less) {
           const std::span all(race.candidates);
           const bool thrown = checks::throws([&] {
             const auto some = all.first(all.size() - std::min(less, all.size()));
             answers.push_back(static_cast<std::int64_t>(tuner.choose(key, some).index));
           });
           if (thrown) answers.push_back(-1);
         };
         for (const char* key : {"a", "b", "a", "b"}) ask(key, 0);
         ask("a", 1);
         return Values().add("answers", answers).add("ran", race.ran);
       }},
  };
}

}  // namespace checks18
