#include "tinytorch/quantization/qat/detail/window_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "tests/support/expect_error.h"
#include "tinytorch/autograd/convolution.h"

namespace tinytorch::quantization {
namespace {

TEST(SampledPlaces, TakesAllWhereThereAreFew) {
  Rng rng(1);
  EXPECT_EQ(sampled_places(3, 3, rng), (std::vector<std::int64_t>{0, 1, 2}));
  EXPECT_EQ(rng.next_u64(), Rng(1).next_u64());  // nothing was drawn
}

TEST(SampledPlaces, DrawsDifferentOnesInOrder) {
  Rng rng(1);
  const auto places = sampled_places(1000, 100, rng);
  ASSERT_EQ(places.size(), 100u);
  for (std::size_t i = 1; i < places.size(); ++i) EXPECT_LT(places[i - 1], places[i]);
  EXPECT_GE(places.front(), 0);
  EXPECT_LT(places.back(), 1000);
  Rng again(1);
  EXPECT_EQ(places, sampled_places(1000, 100, again));
  Rng other(2);
  EXPECT_NE(places, sampled_places(1000, 100, other));
}

TEST(SampledPlaces, RefusesToDrawNothing) {
  Rng rng(1);
  EXPECT_ERROR((void)sampled_places(5, 0, rng), "0 places");
}

// Rows times the weight are the convolution, whatever its geometry.
TEST(WindowRows, TimesTheWeightAreTheConvolution) {
  Rng rng(3);
  for (const std::int64_t groups : {1, 2, 6}) {
    for (const std::int64_t stride : {1, 2}) {
      for (const std::int64_t padding : {0, 1}) {
        const Tensor x = Tensor::randn(Shape{2, 6, 5, 7}, rng);
        const Tensor weight = Tensor::randn(Shape{12, 6 / groups, 3, 3}, rng);
        const Tensor y = ops::conv2d(x, weight, {}, {stride, padding, groups});
        const kernels::ConvSizes sizes{.batch = 2,
                                       .in_channels = 6,
                                       .in_height = 5,
                                       .in_width = 7,
                                       .out_channels = 12,
                                       .kernel_height = 3,
                                       .kernel_width = 3,
                                       .stride = stride,
                                       .padding = padding,
                                       .groups = groups,
                                       .out_height = y.size(2),
                                       .out_width = y.size(3)};
        std::vector<std::int64_t> places(static_cast<std::size_t>(2 * y.size(2) * y.size(3)));
        std::iota(places.begin(), places.end(), 0);
        const auto in = static_cast<std::size_t>(6 / groups * 9);
        for (std::int64_t o = 0; o < 12; ++o) {
          const auto rows = window_rows(x.data(), sizes, o / (12 / groups), places);
          ASSERT_EQ(rows.size(), places.size() * in);
          for (std::size_t p = 0; p < places.size(); ++p) {
            const auto own = weight.data().subspan(static_cast<std::size_t>(o) * in, in);
            const float sum = std::inner_product(
                own.begin(), own.end(), rows.begin() + static_cast<std::ptrdiff_t>(p * in), 0.0f);
            const std::int64_t plane = y.size(2) * y.size(3);
            const std::int64_t image = places[p] / plane;
            const auto at = static_cast<std::size_t>((image * 12 + o) * plane + places[p] % plane);
            ASSERT_NEAR(sum, y.data()[at], 1e-4f) << groups << " groups, place " << p;
          }
        }
      }
    }
  }
}

TEST(WindowRows, TakesOnlyThePlacesAskedFor) {
  const kernels::ConvSizes sizes{.batch = 2, .in_height = 1, .in_width = 3, .out_width = 3};
  const std::vector<float> x{0, 1, 2, 3, 4, 5};
  const std::vector<std::int64_t> places{1, 5};
  EXPECT_EQ(window_rows(x, sizes, 0, places), (std::vector<float>{1, 5}));
}

TEST(WindowRows, RefusesWhatDoesNotFit) {
  const kernels::ConvSizes sizes{.in_width = 3, .out_width = 3};
  const std::vector<float> x{0, 1, 2};
  const std::vector<std::int64_t> places{3};
  EXPECT_ERROR((void)window_rows(x, sizes, 0, places), "place 3 of 3");
  EXPECT_ERROR((void)window_rows(x, sizes, 1, {}), "group 1");
  EXPECT_ERROR((void)window_rows(std::span(x).first(2), sizes, 0, {}), "2 values");
}

}  // namespace
}  // namespace tinytorch::quantization
