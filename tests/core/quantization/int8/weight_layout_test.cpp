// What was packed comes back.
#include "tinytorch/quantization/int8/weight_layout.h"

#include <gtest/gtest.h>

#include "tinytorch/core/error.h"
#include "tinytorch/core/rng.h"

namespace tinytorch::quantization {
namespace {

std::vector<std::int8_t> random_codes(std::int64_t count, Rng& rng) {
  std::vector<std::int8_t> codes(static_cast<std::size_t>(count));
  for (std::int8_t& code : codes) code = static_cast<std::int8_t>(rng.below(256));
  return codes;
}

TEST(WeightLayout, UnpackingIsTheReverseOfPackingAtEveryEdge) {
  Rng rng(21);
  for (const std::int64_t out : {1, 10, 15, 16, 17, 33}) {
    for (const std::int64_t in : {1, 2, 3, 4, 5, 63, 64, 65, 200}) {
      const std::vector<std::int8_t> weight = random_codes(out * in, rng);
      std::vector<std::int8_t> back(weight.size(), 99);
      unpack_weights(pack_weights(weight, out, in), back);
      EXPECT_EQ(back, weight) << out << " x " << in;
    }
  }
}

TEST(WeightLayout, RefusesSizesThatDoNotFit) {
  std::vector<std::int8_t> short_by_one(5);
  EXPECT_THROW(unpack_weights(pack_weights(std::vector<std::int8_t>(6), 2, 3), short_by_one),
               Error);
}

}  // namespace
}  // namespace tinytorch::quantization
