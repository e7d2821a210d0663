#pragma once
// Matrices to multiply and the peers that multiply them too.

#include <memory>
#include <vector>

#include "bench/ladder/ladder.h"
#include "tinytorch/core/rng.h"

namespace bench {

struct FloatProduct {
  std::int64_t size;
  std::vector<float> a, b, c, expected;  // expected: the engine's, bit for bit every rung's

  explicit FloatProduct(std::int64_t side);
  bool right() const { return c == expected; }
};

struct Int8Product {
  std::int64_t size;
  std::vector<std::int8_t> x, weight;  // [size, size] each
  std::vector<std::int32_t> bias, acc, expected;

  explicit Int8Product(std::int64_t side);
  bool right() const { return acc == expected; }
};

double product_operations(std::int64_t side);

// oneDNN and OpenBLAS on the same numbers; what was not found at configure time goes to `missing`.
void add_float_peers(const std::shared_ptr<FloatProduct>& product, Ladder& ladder);
void add_int8_peers(const std::shared_ptr<Int8Product>& product, Ladder& ladder);

}  // namespace bench
