#pragma once
// What the judge's checks of module 17 share: one list a part, and how inputs are drawn.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tests/support/check_draws.h"
#include "tinytorch/memoization/layer_cache.h"

namespace checks17 {

using Codes = std::vector<std::int8_t>;
using Floats = std::vector<float>;
using Ids = std::vector<std::int64_t>;
using checks::integer;
using checks::normals;
using checks::or_error;
using checks::outcome_of;
using tinytorch::Rng;
using tito::Check;
using tito::Values;

std::vector<Check> cache_size_checks();
std::vector<Check> kv_cache_checks();
std::vector<Check> cached_attention_checks();
std::vector<Check> cached_generation_checks();
std::vector<Check> int8_cache_checks();
std::vector<Check> window_cache_checks();

inline Ids tokens(Rng& rng, std::int64_t count, std::int64_t vocabulary) {
  Ids ids(static_cast<std::size_t>(count));
  for (std::int64_t& id : ids) id = integer(rng, 0, vocabulary - 1);
  return ids;
}

// A shape and rows for it: "count" tokens, keys and values row after row.
Values draw_rows(Rng& rng, std::int64_t spare);
tinytorch::memoization::CacheShape shape_of(const Values& in);
// Row i of "keys" or "values".
std::span<const float> row_of(const Values& in, const char* name, std::int64_t i);
// Tries to append each of a list of tokens that a cache must refuse, and says what became of it:
// a NaN and an infinity in the key and in the value, rows too long and too short.
std::string refusals(tinytorch::memoization::LayerCache& cache, const Values& in);
void append_all(tinytorch::memoization::LayerCache& cache, const Values& in);
// The scores of the drawn queries and the mixtures of the drawn weights in every head.
Values read_all(const tinytorch::memoization::LayerCache& cache, const Values& in);

}  // namespace checks17
