#include <limits>

#include "tests/17_memoization/checks.h"
#include "tinytorch/memoization/kv_cache.h"

namespace checks17 {
namespace {

using namespace tinytorch::memoization;  // NOLINT: checks speak of nothing else

Values stored(const KvCache& cache) {
  Floats keys, values;
  for (std::int64_t s = 0; s < cache.length(); ++s) {
    for (std::int64_t h = 0; h < cache.shape().heads; ++h) {
      for (std::int64_t d = 0; d < cache.shape().head_dim; ++d) {
        keys.push_back(cache.key(h, s, d));
        values.push_back(cache.value(h, s, d));
      }
    }
  }
  return Values().add_int("seen", cache.seen()).add("keys", keys).add("values", values);
}

// A token that is refused: a number that is none, a row of another size, or a full cache.
Values draw_bad_token(Rng& rng) {
  Values in = draw_rows(rng, 2);
  const std::int64_t width = in.get_int("heads") * in.get_int("head_dim");
  Floats key = normals(rng, width, 1.0f), value = normals(rng, width, 1.0f);
  const std::int64_t kind = integer(rng, 0, 3);
  Floats& row = integer(rng, 0, 1) == 0 ? key : value;
  const auto place = static_cast<std::size_t>(integer(rng, 0, width - 1));
  if (kind == 0) row[place] = std::numeric_limits<float>::quiet_NaN();
  if (kind == 1) row[place] = -std::numeric_limits<float>::infinity();
  if (kind == 2) row.push_back(1.0f);
  return in.add("key", key).add("value", value);
}

Values run_bad_token(const Values& in) {
  KvCache cache(shape_of(in));
  append_all(cache, in);
  const auto outcome = or_error([&] {
    cache.append(in.get<float>("key"), in.get<float>("value"));
    return Values().add_int("accepted", 1);
  });
  return stored(cache).add("outcome", outcome.entries().front().name);
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
       "a NaN, an infinity, a row too long, a full cache, or nothing wrong; what was stored stays",
       {},
       16,
       draw_bad_token,
       run_bad_token},
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
      {"17.3",
       "refuses",
       "heads that do not exist, queries and results of another size",
       {},
       8,
       [](Rng& rng) {
         Values in = draw_rows(rng, 3);
         return in.add_int("head", integer(rng, -1, in.get_int("heads")))
             .add_int("query", in.get_int("head_dim") + integer(rng, 0, 1))
             .add_int("out", in.get_int("count") + integer(rng, 0, 1));
       },
       [](const Values& in) {
         KvCache cache(shape_of(in));
         append_all(cache, in);
         Floats query(static_cast<std::size_t>(in.get_int("query")));
         Floats out(static_cast<std::size_t>(in.get_int("out")));
         const auto scores = or_error([&] {
           cache.scores(in.get_int("head"), query, out);
           return Values().add_int("fine", 1);
         });
         const auto mixture = or_error([&] {
           cache.mix(in.get_int("head"), out, query);
           return Values().add_int("fine", 1);
         });
         return Values()
             .add("scores", scores.entries().front().name)
             .add("mixture", mixture.entries().front().name);
       }},
  };
}

}  // namespace checks17
