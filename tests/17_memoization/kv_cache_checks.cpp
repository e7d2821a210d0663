#include "tests/17_memoization/checks.h"
#include "tinytorch/memoization/kv_cache.h"

namespace checks17 {
namespace {

using namespace tinytorch::memoization;  // NOLINT: checks speak of nothing else

Values stored(const KvCache& cache) {
  Floats keys, values;
  // Free slots too: a refused token leaves no trace in them.
  for (std::int64_t s = 0; s < cache.shape().capacity; ++s) {
    for (std::int64_t h = 0; h < cache.shape().heads; ++h) {
      for (std::int64_t d = 0; d < cache.shape().head_dim; ++d) {
        keys.push_back(cache.key(h, s, d));
        values.push_back(cache.value(h, s, d));
      }
    }
  }
  return Values().add_int("seen", cache.seen()).add("keys", keys).add("values", values);
}

// Bad tokens for a cache with room, then a good one until there is none, then one more.
Values run_refusals(const Values& in) {
  KvCache cache(shape_of(in));
  append_all(cache, in);
  std::string said = refusals(cache, in);
  const Values before = stored(cache);
  const auto row = row_of(in, "keys", 0);
  while (cache.room() > 0) cache.append(row, row);
  said += " " + outcome_of([&] { cache.append(row, row); });
  return stored(cache)
      .add("said", said)
      .add("keys before it was full", before.get<float>("keys"))
      .add_int("seen before it was full", before.get_int("seen"));
}

}  // namespace

std::vector<Check> kv_cache_checks() {
  return {
      {"17.2",
       "append",
       "1 to 20 tokens of 1 to 4 heads of 1 to 9; then clear(), and the last token again",
       {},
       8,
       [](Rng& rng) { return draw_rows(rng, 3); },
       [](const Values& in) {
         KvCache cache(shape_of(in));
         append_all(cache, in);
         Values out = stored(cache);
         cache.clear();
         const std::int64_t last = in.get_int("count") - 1;
         cache.append(row_of(in, "keys", last), row_of(in, "values", last));
         return out.add_float("key again", cache.key(0, 0, 0)).add_int("seen again", cache.seen());
       }},
      {"17.2",
       "refuses",
       "a NaN, an infinity, rows too long or short, a full cache; what was stored stays, and "
       "nothing "
       "else is",
       {},
       6,
       [](Rng& rng) {
         Values in = draw_rows(rng, 0);
         Values more;
         for (const char* name : {"heads", "head_dim", "count", "place"}) {
           more.add_int(name, in.get_int(name));
         }
         return more.add_int("capacity", in.get_int("count") + integer(rng, 1, 3))
             .add("keys", in.get<float>("keys"))
             .add("values", in.get<float>("values"));
       },
       run_refusals},
      {"17.3",
       "scores and mixtures",
       "the same caches, every head, normal queries and weights",
       {1e-5, 1e-4},
       8,
       [](Rng& rng) { return draw_rows(rng, 3); },
       [](const Values& in) {
         KvCache cache(shape_of(in));
         append_all(cache, in);
         return read_all(cache, in);
       }},
  };
}

}  // namespace checks17
