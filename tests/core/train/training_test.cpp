// The parts together: a network that learns the digits.

#include <gtest/gtest.h>

#include "tests/support/digits_network.h"

namespace tinytorch {
namespace {

TEST(Training, ASmallNetworkLearnsTheDigits) {
  Rng rng(1);
  const digits_network::Data digits = digits_network::load(rng);
  const auto model = digits_network::make(rng);
  EXPECT_LT(digits_network::accuracy(*model, digits.test), 0.3);
  digits_network::train(*model, digits.train, 10);
  EXPECT_GT(digits_network::accuracy(*model, digits.test), 0.95);
}

}  // namespace
}  // namespace tinytorch
