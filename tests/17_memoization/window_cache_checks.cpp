#include "tests/17_memoization/checks.h"
#include "tinytorch/memoization/window_cache.h"

namespace checks17 {
namespace {

using namespace tinytorch::memoization;  // NOLINT: checks speak of nothing else

Values run_slots(const Values& in) {
  Ids slots;
  for (const std::int64_t seen : in.get<std::int64_t>("seen")) {
    const auto slot = or_error([&] {
      return Values().add_int("slot",
                              window_slot(seen, in.get_int("capacity"), in.get_int("sinks")));
    });
    slots.push_back(slot.entries().front().name == "slot" ? slot.get_int("slot") : -1);
  }
  return Values().add("slots", slots);
}

// A window smaller than the text, read in every head.
Values run_window(const Values& in) {
  CacheShape shape = shape_of(in);
  shape.capacity = in.get_int("window");
  WindowKvCache cache(shape, in.get_int("sinks"));
  append_all(cache, in);
  const std::string said = refusals(cache, in);
  return read_all(cache, in)
      .add("refused", said)
      .add_int("seen", cache.seen())
      .add_int("length", cache.length());
}

}  // namespace

std::vector<Check> window_cache_checks() {
  return {
      {"17.10",
       "slots",
       "windows of 1 to 9 with 0 to 9 sinks, tokens up to 10^12; -1 stands for an Error",
       {},
       12,
       [](Rng& rng) {
         Ids seen = tokens(rng, 40, 60);
         seen.push_back(integer(rng, 0, 1'000'000'000'000));
         seen.push_back(-1);
         return Values()
             .add_int("capacity", integer(rng, 1, 9))
             .add_int("sinks", integer(rng, 0, 9))
             .add("seen", seen);
       },
       run_slots},
      {"17.10",
       "a rolling window",
       "up to 20 tokens through a window of 1 to 20 with sinks, every head; bad tokens are refused",
       {1e-5, 1e-4},
       10,
       [](Rng& rng) {
         Values in = draw_rows(rng, 0);
         const std::int64_t window = integer(rng, 1, in.get_int("count"));
         return in.add_int("window", window).add_int("sinks", integer(rng, 0, window - 1));
       },
       run_window},
  };
}

}  // namespace checks17
