// The judge's checks of module 17, part by part.
#include "tests/17_memoization/checks.h"

#include <limits>

namespace checks17 {

using tinytorch::memoization::CacheShape;
using tinytorch::memoization::LayerCache;

Values draw_rows(Rng& rng, std::int64_t spare) {
  const std::int64_t heads = integer(rng, 1, 4);
  const std::int64_t head_dim = integer(rng, 1, 9);
  const std::int64_t count = integer(rng, 1, 20);
  const float size = rng.uniform(0.1f, 5.0f);
  return Values()
      .add_int("heads", heads)
      .add_int("head_dim", head_dim)
      .add_int("count", count)
      .add_int("capacity", count + integer(rng, 0, spare))
      .add("keys", normals(rng, count * heads * head_dim, size))
      .add("values", normals(rng, count * heads * head_dim, size))
      .add("queries", normals(rng, heads * head_dim, 1.0f))
      .add("weights", normals(rng, count, 1.0f))
      .add_int("place", integer(rng, 0, 1000));
}

CacheShape shape_of(const Values& in) {
  return {in.get_int("heads"), in.get_int("head_dim"), in.get_int("capacity")};
}

std::span<const float> row_of(const Values& in, const char* name, std::int64_t i) {
  const auto width = static_cast<std::size_t>(in.get_int("heads") * in.get_int("head_dim"));
  return std::span(in.get<float>(name)).subspan(static_cast<std::size_t>(i) * width, width);
}

std::string refusals(LayerCache& cache, const Values& in) {
  const auto good = row_of(in, "keys", 0);
  const Floats row(good.begin(), good.end());
  std::vector<Floats> bad;
  for (const float number :
       {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
    bad.push_back(row);
    bad.back()[static_cast<std::size_t>(in.get_int("place")) % row.size()] = number;
  }
  bad.push_back(row);
  bad.back().push_back(1.0f);
  bad.emplace_back(row.begin(), row.end() - 1);
  std::string said;
  for (const Floats& other : bad) {
    said += outcome_of([&] { cache.append(other, row); }) + " ";
    said += outcome_of([&] { cache.append(row, other); }) + " ";
  }
  return said;
}

void append_all(LayerCache& cache, const Values& in) {
  for (std::int64_t i = 0; i < in.get_int("count"); ++i) {
    cache.append(row_of(in, "keys", i), row_of(in, "values", i));
  }
}

Values read_all(const LayerCache& cache, const Values& in) {
  const auto head_dim = static_cast<std::size_t>(cache.shape().head_dim);
  const auto length = static_cast<std::size_t>(cache.length());
  const std::span<const float> queries = in.get<float>("queries");
  const std::span<const float> weights = in.get<float>("weights");
  Floats scores, mixtures;
  for (std::int64_t h = 0; h < cache.shape().heads; ++h) {
    Floats line(length, 1.0f), mixture(head_dim, 1.0f);
    cache.scores(h, queries.subspan(static_cast<std::size_t>(h) * head_dim, head_dim), line);
    cache.mix(h, weights.first(length), mixture);
    scores.insert(scores.end(), line.begin(), line.end());
    mixtures.insert(mixtures.end(), mixture.begin(), mixture.end());
  }
  return Values().add("scores", scores).add("mixtures", mixtures);
}

}  // namespace checks17

std::vector<tito::Check> tito::checks() {
  std::vector<Check> all;
  for (const auto& part :
       {checks17::cache_size_checks(), checks17::kv_cache_checks(),
        checks17::cached_attention_checks(), checks17::cached_generation_checks(),
        checks17::int8_cache_checks(), checks17::window_cache_checks()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}
