#include "tests/17_memoization/checks.h"
#include "tinytorch/memoization/int8_cache.h"

namespace checks17 {
namespace {

using namespace tinytorch::memoization;  // NOLINT: checks speak of nothing else

// Rows some of which consist of ties of their own grid, some of zeros.
Values draw_rows_with_ties(Rng& rng) {
  const Values rows = draw_rows(rng, 3);
  const auto head_dim = static_cast<std::size_t>(rows.get_int("head_dim"));
  const auto mended = [&](Floats x) {
    for (std::size_t begin = 0; begin < x.size(); begin += head_dim) {
      const std::int64_t kind = integer(rng, 0, 3);
      for (std::size_t d = 0; d < head_dim && kind < 2; ++d) {
        x[begin + d] = kind == 0 ? 0.0f : static_cast<float>(integer(rng, -126, 125)) + 0.5f;
      }
      if (kind == 1) x[begin] = 127.0f;  // scale 1: every other number is a tie
    }
    return x;
  };
  Values in;
  for (const char* name : {"heads", "head_dim", "count", "capacity"}) {
    in.add_int(name, rows.get_int(name));
  }
  return in.add("keys", mended(rows.get<float>("keys")))
      .add("values", mended(rows.get<float>("values")))
      .add("queries", rows.get<float>("queries"))
      .add("weights", rows.get<float>("weights"));
}

Values stored(const Int8KvCache& cache) {
  Codes keys, values;
  Floats scales;
  for (std::int64_t s = 0; s < cache.length(); ++s) {
    for (std::int64_t h = 0; h < cache.shape().heads; ++h) {
      scales.push_back(cache.key_scale(h, s));
      scales.push_back(cache.value_scale(h, s));
      for (std::int64_t d = 0; d < cache.shape().head_dim; ++d) {
        keys.push_back(cache.key_code(h, s, d));
        values.push_back(cache.value_code(h, s, d));
      }
    }
  }
  return Values()
      .add_int("seen", cache.seen())
      .add("keys", keys)
      .add("values", values)
      .add("scales", scales);
}

Values run_refusals(const Values& in) {
  CacheShape shape = shape_of(in);
  shape.capacity = in.get_int("count") + 1;
  Int8KvCache cache(shape);
  append_all(cache, in);
  const std::string said = refusals(cache, in);
  const auto row = row_of(in, "keys", 0);
  cache.append(row, row);  // the last slot
  return stored(cache).add("said", said).add("full", outcome_of([&] { cache.append(row, row); }));
}

}  // namespace

std::vector<Check> int8_cache_checks() {
  return {
      {"17.8",
       "codes and scales",
       "1 to 20 tokens of 1 to 4 heads of 1 to 9, some rows all ties, some all zeros; bit for bit",
       {},
       10,
       draw_rows_with_ties,
       [](const Values& in) {
         Int8KvCache cache(shape_of(in));
         append_all(cache, in);
         return stored(cache);
       }},
      {"17.8",
       "refuses",
       "a NaN, an infinity, rows too long or short, a full cache; what was stored stays",
       {},
       6,
       [](Rng& rng) { return draw_rows(rng, 0); },
       run_refusals},
      {"17.9",
       "scores and mixtures",
       "the same caches, every head, normal queries and weights",
       {1e-4, 1e-3},
       8,
       draw_rows_with_ties,
       [](const Values& in) {
         Int8KvCache cache(shape_of(in));
         append_all(cache, in);
         return read_all(cache, in);
       }},
  };
}

}  // namespace checks17
