#pragma once
// What the judge's checks of module 17 share: one list a part, and how inputs are drawn.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tinytorch/core/error.h"
#include "tinytorch/core/rng.h"
#include "tinytorch/memoization/layer_cache.h"
#include "tito/worker/check.h"

namespace checks17 {

using Codes = std::vector<std::int8_t>;
using Floats = std::vector<float>;
using Ids = std::vector<std::int64_t>;
using tinytorch::Rng;
using tito::Check;
using tito::Values;

std::vector<Check> cache_size_checks();
std::vector<Check> kv_cache_checks();
std::vector<Check> cached_attention_checks();
std::vector<Check> cached_generation_checks();
std::vector<Check> int8_cache_checks();
std::vector<Check> window_cache_checks();

inline std::int64_t integer(Rng& rng, std::int64_t low, std::int64_t high) {
  return low + static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(high - low + 1)));
}

inline Floats normals(Rng& rng, std::int64_t count, float stddev) {
  Floats x(static_cast<std::size_t>(count));
  for (float& value : x) value = rng.normal(0.0f, stddev);
  return x;
}

inline Ids tokens(Rng& rng, std::int64_t count, std::int64_t vocabulary) {
  Ids ids(static_cast<std::size_t>(count));
  for (std::int64_t& id : ids) id = integer(rng, 0, vocabulary - 1);
  return ids;
}

// The result of `action`, or the text "Error" when it throws one. NotImplemented passes through.
inline Values or_error(const std::function<Values()>& action) {
  try {
    return action();
  } catch (const tinytorch::NotImplemented&) {
    throw;
  } catch (const tinytorch::Error&) {
    return Values().add("thrown", std::string("Error"));
  }
}

// "Error" when `action` throws one, "fine" otherwise.
inline std::string outcome_of(const std::function<void()>& action) {
  const Values result = or_error([&] {
    action();
    return Values().add_int("fine", 1);
  });
  return result.entries().front().name == "fine" ? "fine" : "Error";
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
// What becomes of reading heads that do not exist and of sizes that do not fit; every case once.
std::string wrong_reads(const tinytorch::memoization::LayerCache& cache);
// The scores of the drawn queries and the mixtures of the drawn weights in every head.
Values read_all(const tinytorch::memoization::LayerCache& cache, const Values& in);

}  // namespace checks17
