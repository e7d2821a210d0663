// The faster forms of the quantization module's answers, bit for bit. What is called without
// `detail::` here is the plain answer.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "tinytorch/autograd/ops.h"
#include "tinytorch/core/error.h"
#include "tinytorch/core/rng.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/quantization/arithmetic/affine.h"
#include "tinytorch/quantization/arithmetic/detail/largest_magnitudes.h"
#include "tinytorch/quantization/arithmetic/detail/observe_ends.h"
#include "tinytorch/quantization/arithmetic/detail/top_two.h"
#include "tinytorch/quantization/arithmetic/observers.h"
#include "tinytorch/quantization/int8/detail/pack_groups.h"
#include "tinytorch/quantization/qat/detail/unclipped_sums.h"
#include "tinytorch/quantization/qat/qat.h"

namespace tinytorch::quantization {
namespace {

using Codes = std::vector<std::int8_t>;
using Sums = std::vector<std::int32_t>;
using Floats = std::vector<float>;

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
// One value, primes, and the ends of blocks of 4, 8 and 16.
constexpr std::size_t kSizes[] = {1, 2, 3, 4, 7, 8, 13, 15, 16, 17, 31, 32, 33, 97, 1009};

std::vector<std::uint32_t> bits(const Floats& values) {
  std::vector<std::uint32_t> result;
  for (const float value : values) result.push_back(std::bit_cast<std::uint32_t>(value));
  return result;
}

// What such a form may meet: draws, ties, both zeros, the smallest and the largest floats.
std::vector<std::function<float(Rng&)>> draws() {
  const auto one_of = [](Floats values) {
    return [values = std::move(values)](Rng& rng) { return values[rng.below(values.size())]; };
  };
  return {[](Rng& rng) { return rng.normal(); },
          one_of({-2.0f, -1.0f, 0.0f, 1.0f, 2.0f}),
          one_of({-0.0f, 0.0f}),
          one_of({0.0f, -0.0f, 3.0f}),
          one_of({-0.0f, 0.0f, -3.0f}),
          one_of({1e-45f, -1e-45f, 1e-38f, 3.4e38f, -3.4e38f})};
}

Floats drawn(std::size_t size, const std::function<float(Rng&)>& draw, Rng& rng) {
  Floats values(size);
  for (float& value : values) value = draw(rng);
  return values;
}

TEST(QuantizationCore, ChannelScales) {
  Rng rng(1);
  for (const std::size_t row : kSizes) {
    for (const std::size_t channels : {1u, 3u, 16u}) {
      for (const auto& draw : draws()) {
        const Floats weight = drawn(row * channels, draw, rng);
        const auto count = static_cast<std::int64_t>(channels);
        const auto fast = detail::channel_scales(weight, count, 8);
        ASSERT_TRUE(fast.has_value());
        ASSERT_EQ(bits(*fast), bits(channel_scales(weight, count, 8))) << row << " x " << channels;
      }
    }
  }
}

TEST(QuantizationCore, ObserveEnds) {
  Rng rng(2);
  for (const std::size_t size : kSizes) {
    for (const auto& draw : draws()) {
      MinMaxObserver plain;
      bool seen = false;
      Range range;
      for (int batch = 0; batch < 3; ++batch) {
        const Floats values = drawn(size, draw, rng);
        plain.observe(values);
        ASSERT_TRUE(detail::observe_ends(values, seen, range));
        ASSERT_TRUE(detail::observe_ends({}, seen, range));
        const Range expected = plain.range();
        ASSERT_TRUE(seen);
        ASSERT_EQ(bits({range.min, range.max}), bits({expected.min, expected.max})) << size;
      }
    }
  }
}

TEST(QuantizationCore, QuantileOfTopTwo) {
  Rng rng(3);
  for (const std::size_t size : kSizes) {
    for (const auto& draw : draws()) {
      const Floats x = drawn(size, draw, rng);
      const double steps = std::max<double>(static_cast<double>(size) - 1.0, 1.0);
      for (const double q : {1.0, 0.9999984, 1.0 - 0.5 / steps, 1.0 - 1.0 / steps, 0.5, 0.0}) {
        const auto fast = detail::quantile_of_top_two(x, q);
        const bool decides =
            q * (static_cast<double>(size) - 1.0) >= static_cast<double>(size) - 2.0;
        ASSERT_EQ(fast.has_value(), decides) << size << " values, q = " << q;
        if (fast) {
          ASSERT_EQ(bits({*fast}), bits({quantile_top_k(x, q)})) << size << " values, q = " << q;
        }
      }
    }
  }
}

// The plain lines name the value; the fast ones leave it to them, and everything as it was.
TEST(QuantizationCore, LeaveValuesThatAreNotFiniteToThePlainAnswer) {
  for (const float bad : {kInf, -kInf, kNan, -kNan}) {
    for (const std::size_t size : kSizes) {
      for (const std::size_t at : {std::size_t{0}, size / 2, size - 1}) {
        Floats values(size, 1.0f);
        values[at] = bad;
        EXPECT_FALSE(detail::channel_scales(values, 1, 8).has_value());
        EXPECT_FALSE(detail::quantile_of_top_two(values, 1.0).has_value());
        bool seen = true;
        Range range{-3.0f, 0.5f};
        EXPECT_FALSE(detail::observe_ends(values, seen, range));
        EXPECT_EQ(range, (Range{-3.0f, 0.5f}));
        EXPECT_THROW((void)channel_scales(values, 1, 8), Error);
        EXPECT_THROW((void)quantile_top_k(values, 1.0), Error);
        EXPECT_THROW(MinMaxObserver().observe(values), Error);
      }
    }
  }
}

Codes random_codes(std::int64_t count, Rng& rng) {
  Codes codes(static_cast<std::size_t>(count));
  for (std::int8_t& code : codes)
    code = static_cast<std::int8_t>(static_cast<int>(rng.below(256)) - 128);
  return codes;
}

TEST(QuantizationCore, PackGroups) {
  Rng rng(4);
  for (const std::int64_t out : {1, 2, 15, 16, 17, 31, 33, 64}) {
    for (const std::int64_t in : {1, 3, 4, 5, 8, 13, 64, 301}) {
      const Codes weight = random_codes(out * in, rng);
      const PackedWeights fast = detail::pack_groups(weight, out, in);
      const PackedWeights plain = pack_weights(weight, out, in);
      ASSERT_EQ(fast.out, plain.out);
      ASSERT_EQ(fast.in, plain.in);
      ASSERT_EQ(Codes(fast.codes.begin(), fast.codes.end()),
                Codes(plain.codes.begin(), plain.codes.end()))
          << out << " x " << in;
      ASSERT_EQ(fast.sums, plain.sums) << out << " x " << in;
    }
  }
}

// qat_linear()'s mask shows in the gradient of the bias: row n of y has the gradient 2^n, so a sum
// over the rows says which of them passed.
Sums passed_rows(nn::Linear& linear, const QatLayer& layer, QParams input, const Tensor& x) {
  linear.zero_grad();
  const Tensor y = qat_linear(x, layer, input, {}, false);
  Tensor weight_of_row(y.shape());
  const auto out = static_cast<std::size_t>(y.size(1));
  for (std::size_t i = 0; i < weight_of_row.data().size(); ++i) {
    weight_of_row.data()[i] = static_cast<float>(1 << (i / out));
  }
  ops::sum(ops::mul(y, weight_of_row)).backward();
  const Tensor grad = linear.bias().grad();
  Sums rows;
  for (const float g : grad.data()) rows.push_back(static_cast<std::int32_t>(g));
  return rows;
}

TEST(QuantizationCore, UnclippedSums) {
  Rng rng(5);
  constexpr QParams kInput{0.02f, 3};
  constexpr QRange kCodes = full_range(8);
  for (const std::int64_t out : {1, 2, 7, 15, 16, 17, 33}) {
    for (const std::int64_t rows : {1, 2, 5}) {
      for (const bool relu : {false, true}) {
        auto linear = std::make_shared<nn::Linear>(6, out, rng);
        Tensor bias = linear->bias();
        bias.data()[0] = 0.0f;
        MovingAverageObserver observer;
        observer.observe(Floats{-0.3f, 0.4f});  // most outputs are clipped, on both sides
        Tensor x = Tensor::randn(Shape{rows, 6}, rng);
        std::fill_n(x.data().begin(), 6, 0.0f);  // a sum of 0

        QuantizedLinear layer = quantize_linear(linear->weight(), linear->bias(), kInput, 8, relu);
        layer.set_output(choose_qparams_asymmetric(-0.3f, 0.4f, kCodes), kCodes);
        Codes codes(static_cast<std::size_t>(x.numel()));
        quantize(std::as_const(x).data(), kInput, kCodes, codes);
        Sums acc(static_cast<std::size_t>(rows * out));
        layer.accumulate(codes, acc);
        const std::vector<std::uint8_t> mask = detail::unclipped_sums(layer, acc);
        Sums expected(static_cast<std::size_t>(out));
        for (std::size_t i = 0; i < mask.size(); ++i) {
          const auto row = i / static_cast<std::size_t>(out);
          expected[i % static_cast<std::size_t>(out)] += mask[i] << row;
        }
        EXPECT_EQ(passed_rows(*linear, {linear, relu, observer}, kInput, x), expected)
            << rows << " x " << out << (relu ? ", ReLU" : "");
      }
    }
  }
}

}  // namespace
}  // namespace tinytorch::quantization
