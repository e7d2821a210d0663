#include <bit>
#include <cstring>

#include "tests/16_compression/checks.h"
#include "tinytorch/compression/sparse_storage.h"

namespace checks16 {
namespace {

using namespace tinytorch::compression;  // NOLINT: checks speak of nothing else

Values draw_pattern(Rng& rng) {
  const std::int64_t m = integer(rng, 2, 16);
  const std::int64_t rows = integer(rng, 1, 5);
  // Now and then a row that m does not divide.
  const std::int64_t row = m * integer(rng, 1, 4) + (integer(rng, 0, 5) == 0 ? 1 : 0);
  return Values()
      .add_int("n", integer(rng, 1, m - 1))
      .add_int("m", m)
      .add_int("rows", rows)
      .add("weights", integer(rng, 0, 1) == 0 ? draw_with_ties(rng, rows * row)
                                              : normals(rng, rows * row, 1.0f));
}

NmPattern pattern_of(const Values& in) {
  return {static_cast<int>(in.get_int("n")), static_cast<int>(in.get_int("m"))};
}

Tensor weight_of(const Values& in, const Floats& values) {
  const std::int64_t rows = in.get_int("rows");
  return Tensor(Shape{rows, static_cast<std::int64_t>(values.size()) / rows}, values);
}

Values run_mask(const Values& in) {
  return or_error([&] {
    return Values()
        .add("mask", n_m_mask(weight_of(in, in.get<float>("weights")), pattern_of(in)))
        .add_int("bits", position_bits(pattern_of(in).m));
  });
}

// At most n values a group, without asking the submission's own mask.
Floats thinned(const Values& in) {
  Floats weights = in.get<float>("weights");
  std::int64_t left = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (static_cast<std::int64_t>(i) % in.get_int("m") == 0) left = in.get_int("n");
    if (weights[i] > 0.0f && left > 0) {
      --left;
    } else {
      weights[i] = 0.0f;
    }
  }
  return weights;
}

Values run_compact(const Values& in) {
  return or_error([&] {
    const NmWeights stored = compress_n_m(weight_of(in, thinned(in)), pattern_of(in));
    return Values()
        .add("values", stored.values)
        .add("positions", stored.positions)
        .add("expanded", values_of(expand_n_m(stored)));
  });
}

// Elements of 1, 2 or 4 bytes of which many are zero in some or all bytes.
Values draw_elements(Rng& rng) {
  const std::int64_t size = std::int64_t{1} << integer(rng, 0, 2);
  std::string dense(static_cast<std::size_t>(size * integer(rng, 0, 300)), '\0');
  for (char& byte : dense) {
    if (rng.uniform() < 0.15f) byte = static_cast<char>(integer(rng, -128, 127));
  }
  return Values().add_int("size", size).add("dense", dense);
}

Values run_bitmap(const Values& in) {
  const std::string& dense = in.get_text("dense");
  const std::int64_t size = in.get_int("size");
  const std::string coded = encode_bitmap(dense, size);
  const auto count = static_cast<std::int64_t>(dense.size()) / size;
  return Values().add("coded", coded).add("decoded", decode_bitmap(coded, count, size));
}

// Any bytes as a bitmap: the contents where they are one, "Error" where not.
Values run_bytes(const Values& in) {
  return or_error([&] {
    return Values().add(
        "decoded", decode_bitmap(in.get_text("coded"), in.get_int("count"), in.get_int("size")));
  });
}

Values draw_bytes(Rng& rng) {
  const std::int64_t count = integer(rng, 0, 12);
  const std::int64_t size = integer(rng, 1, 2);
  std::string coded;
  std::int64_t set = 0;
  for (std::int64_t i = 0; i < (count + 7) / 8; ++i) {
    const auto last = static_cast<unsigned>(count - 8 * i);
    auto bits = static_cast<unsigned>(integer(rng, 0, 255));
    if (last < 8 && integer(rng, 0, 2) > 0) bits &= (1U << last) - 1;
    set += std::popcount(bits);
    coded += static_cast<char>(bits);
  }
  const std::int64_t bytes = set * size + (integer(rng, 0, 2) == 0 ? integer(rng, -2, 2) : 0);
  for (std::int64_t i = 0; i < bytes; ++i) coded += static_cast<char>(integer(rng, 1, 100));
  return Values().add("coded", coded).add_int("count", count).add_int("size", size);
}

}  // namespace

std::vector<Check> sparse_storage_checks() {
  return {
      {"16.6", "masks", "all patterns up to 16, ties", {}, 14, draw_pattern, run_mask},
      {"16.6",
       "compact form",
       "all patterns up to 16, groups with fewer values than n",
       {},
       14,
       draw_pattern,
       run_compact},
      {"16.7",
       "round trip",
       "0 to 300 elements of 1, 2 or 4 bytes, most bytes 0",
       {},
       12,
       draw_elements,
       run_bitmap},
      {"16.7",
       "any bytes",
       "0 to 12 elements, often with bytes too many, too few or bits too far",
       {},
       24,
       draw_bytes,
       run_bytes},
  };
}

}  // namespace checks16
