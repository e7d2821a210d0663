#include "tinytorch/memoization/layer_cache.h"

#include "tinytorch/core/checked_product.h"
#include "tinytorch/core/error.h"

namespace tinytorch::memoization {

LayerCache::LayerCache(CacheShape shape) : shape_(shape) {
  if (shape.heads < 1 || shape.head_dim < 1 || shape.capacity < 1) {
    throw Error(concat("cache: ", shape.heads, " heads of ", shape.head_dim, " for ",
                       shape.capacity, " tokens; all three must be at least 1"));
  }
  // What the caches multiply, in bytes.
  if (!checked_product({shape.heads, shape.head_dim, shape.capacity, 8})) {
    throw Error(concat("cache: ", shape.heads, " heads of ", shape.head_dim, " for ",
                       shape.capacity, " tokens are more bytes than 64 bits can count; ",
                       "tokens_within() says how many fit"));
  }
}

void LayerCache::check_reading(std::int64_t head, std::size_t over_d,
                               std::size_t over_slots) const {
  if (head >= 0 && head < shape_.heads && over_d == static_cast<std::size_t>(shape_.head_dim) &&
      over_slots == static_cast<std::size_t>(length())) {
    return;
  }
  throw Error(concat("cache: head ", head, ", ", over_d, " numbers for a head and ", over_slots,
                     " for the slots; there are ", shape_.heads, " heads of ", shape_.head_dim,
                     " and ", length(), " tokens"));
}

void LayerCache::check_place(std::int64_t head, std::int64_t slot, std::int64_t d) const {
  if (head >= 0 && head < shape_.heads && slot >= 0 && slot < shape_.capacity && d >= 0 &&
      d < shape_.head_dim) {
    return;
  }
  throw Error(concat("cache: head ", head, ", slot ", slot, ", number ", d, "; there are ",
                     shape_.heads, " heads of ", shape_.head_dim, " for ", shape_.capacity,
                     " tokens"));
}

}  // namespace tinytorch::memoization
