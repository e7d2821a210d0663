// Residual sums and pooling against the plain loops of module 15, bit for bit.
#include "tinytorch/quantization/int8/image_ops.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tests/support/expect_error.h"
#include "tinytorch/core/error.h"
#include "tinytorch/core/rng.h"
#include "tinytorch/quantization/int8/image_sizes.h"

namespace tinytorch::quantization {
namespace {

using Codes = std::vector<std::int8_t>;
using kernels::ConvSizes;

Codes draw_codes(std::int64_t count, Rng& rng) {
  Codes codes(static_cast<std::size_t>(count));
  for (std::int8_t& code : codes) code = static_cast<std::int8_t>(rng.below(256));
  return codes;
}

QParams draw_grid(Rng& rng, bool ties) {
  return {ties ? 0.5f / static_cast<float>(1 << rng.below(4)) : rng.uniform(0.002f, 0.4f),
          static_cast<std::int32_t>(rng.below(256)) - 128};
}

TEST(QuantizedAdd, EqualsThePlainLoops) {
  Rng rng(31);
  for (int i = 0; i < 300; ++i) {
    const bool ties = i % 2 == 0;
    AddGrids grids{draw_grid(rng, ties), draw_grid(rng, ties), draw_grid(rng, ties)};
    grids.output.zero_point = std::clamp(grids.output.zero_point, -120, 120);  // one of its codes
    const Codes a = draw_codes(1 + static_cast<std::int64_t>(rng.below(100)), rng);
    const Codes b = draw_codes(static_cast<std::int64_t>(a.size()), rng);
    const Activation activation = i % 3 == 0 ? Activation::kRelu6 : Activation::kNone;
    const QRange range = activation_range(activation, grids.output, {-120, 120});
    Codes expected(a.size());
    add_codes(a, b, grids, range, expected);
    Codes expected_tflite(a.size());
    add_codes_tflite(a, b, grids, range, expected_tflite);
    const QuantizedAdd ort(grids, {-120, 120}, Dialect::kOrt, activation);
    const QuantizedAdd tflite(grids, {-120, 120}, Dialect::kTflite, activation);
    EXPECT_EQ(ort.output_range(), range);
    for (const Isa isa : supported_isas()) {
      Codes out(a.size());
      ort.forward(a, b, out, isa);
      ASSERT_EQ(out, expected) << name(isa) << " " << i;
      tflite.forward(a, b, out, isa);
      ASSERT_EQ(out, expected_tflite) << name(isa) << " " << i;
    }
  }
}

TEST(QuantizedAdd, EveryPairOfCodesInDialectTflite) {
  Codes a;
  Codes b;
  for (int i = -128; i < 128; ++i) {
    for (int j = -128; j < 128; ++j) {
      a.push_back(static_cast<std::int8_t>(i));
      b.push_back(static_cast<std::int8_t>(j));
    }
  }
  for (const AddGrids& grids :
       {AddGrids{{0.1f, -128}, {0.07f, 127}, {0.15f, 3}},
        AddGrids{{0.5f, 1}, {0.25f, 0}, {0.5f, -1}}, AddGrids{{1.0f, 0}, {1e-9f, 5}, {2.0f, 0}}}) {
    Codes expected(a.size());
    add_codes_tflite(a, b, grids, full_range(8), expected);
    for (const Isa isa : supported_isas()) {
      Codes out(a.size());
      QuantizedAdd(grids, full_range(8), Dialect::kTflite).forward(a, b, out, isa);
      EXPECT_EQ(out, expected) << name(isa);
    }
  }
}

TEST(QuantizedAdd, RefusesWhatDoesNotFit) {
  const AddGrids tiny{{1.0f, 0}, {1.0f, 0}, {0x1p-20f, 0}};
  EXPECT_ERROR(QuantizedAdd(tiny, full_range(8), Dialect::kTflite), "far too small");
  EXPECT_NO_THROW(QuantizedAdd(tiny, full_range(8), Dialect::kOrt));
  Codes out(2);
  for (const Dialect dialect : {Dialect::kOrt, Dialect::kTflite}) {
    const QuantizedAdd add({}, full_range(8), dialect);
    for (const Isa isa : supported_isas()) {
      EXPECT_THROW(add.forward(Codes(2), Codes(3), out, isa), Error);
      EXPECT_THROW(add.forward(Codes(3), Codes(3), out, isa), Error);
    }
  }
}

ConvSizes draw_pooling(Rng& rng) {
  const auto draw = [&](std::int64_t most) {
    return 1 + static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(most)));
  };
  ConvSizes s;
  s.batch = draw(3);
  s.in_channels = s.out_channels = s.groups = draw(70);
  s.kernel_height = draw(4);
  s.kernel_width = draw(4);
  s.stride = draw(3);
  s.padding = draw(std::min(s.kernel_height, s.kernel_width)) - 1;
  s.in_height = std::max<std::int64_t>(s.kernel_height - 2 * s.padding, 1) + draw(6) - 1;
  s.in_width = std::max<std::int64_t>(s.kernel_width - 2 * s.padding, 1) + draw(6) - 1;
  s.out_height = kernels::output_size(s.in_height, s.kernel_height, s.stride, s.padding);
  s.out_width = kernels::output_size(s.in_width, s.kernel_width, s.stride, s.padding);
  return s;
}

void expect_average(const ConvSizes& s, const Codes& x, std::int32_t zero_point) {
  Codes expected(static_cast<std::size_t>(place_count(s) * s.out_channels));
  for (const Dialect dialect : {Dialect::kOrt, Dialect::kTflite}) {
    average_pool_codes(x, zero_point, {-120, 110}, s, dialect, expected);
    for (const Isa isa : supported_isas()) {
      Codes out(expected.size(), 99);
      average_pool(x, zero_point, {-120, 110}, s, dialect, out, isa);
      ASSERT_EQ(out, expected) << name(isa) << ", " << name(dialect);
    }
  }
}

TEST(Pooling, RandomWindowsEqualThePlainLoops) {
  Rng rng(32);
  for (int i = 0; i < 200; ++i) {
    const ConvSizes s = draw_pooling(rng);
    const Codes x = draw_codes(input_count(s), rng);
    Codes expected(static_cast<std::size_t>(place_count(s) * s.out_channels));
    max_pool_codes(x, s, expected);
    for (const Isa isa : supported_isas()) {
      Codes out(expected.size(), 99);
      max_pool(x, s, out, isa);
      ASSERT_EQ(out, expected) << name(isa);
    }
    expect_average(s, x, static_cast<std::int32_t>(rng.below(256)) - 128);
  }
}

TEST(Pooling, LargeWindowsDivideExactly) {
  Rng rng(33);
  for (const auto& [height, width] : {std::pair{7, 7}, {200, 320}, {260, 260}}) {
    ConvSizes s{.in_channels = 3,
                .in_height = height,
                .in_width = width,
                .out_channels = 3,
                .kernel_height = height,
                .kernel_width = width,
                .groups = 3};
    expect_average(s, draw_codes(input_count(s), rng), 7);
    expect_average(s, Codes(static_cast<std::size_t>(input_count(s)), 127), -128);
    expect_average(s, Codes(static_cast<std::size_t>(input_count(s)), -128), 127);
  }
}

// Every sum that four places can have, each place of a channel of its own.
TEST(Pooling, EveryTieOfFourPlaces) {
  ConvSizes s{.in_channels = 1021,
              .in_height = 2,
              .in_width = 2,
              .out_channels = 1021,
              .kernel_height = 2,
              .kernel_width = 2,
              .groups = 1021};
  Codes x(4 * 1021);
  for (int sum = 0; sum <= 1020; ++sum) {
    for (int place = 0; place < 4; ++place) {
      x[static_cast<std::size_t>(place * 1021 + sum)] =
          static_cast<std::int8_t>((sum + place) / 4 - 128);
    }
  }
  for (const std::int32_t zero_point : {-128, -1, 0, 1, 127}) expect_average(s, x, zero_point);
}

TEST(Pooling, PlacesOutsideAloneAverageToZero) {
  ConvSizes s{.in_channels = 2,
              .out_channels = 2,
              .padding = 2,
              .groups = 2,
              .out_height = 5,
              .out_width = 5};
  expect_average(s, {50, -50}, 11);
}

TEST(Pooling, RefusesWhatDoesNotFit) {
  const ConvSizes s{.in_channels = 2, .out_channels = 2, .groups = 2};
  ConvSizes grouped = s;
  grouped.groups = 1;
  ConvSizes outside = s;
  outside.padding = 1;
  outside.out_height = outside.out_width = 3;
  Codes out(2);
  for (const Isa isa : supported_isas()) {
    EXPECT_ERROR(max_pool(Codes(3), s, out, isa), "3");
    EXPECT_ERROR(max_pool(Codes(2), grouped, out, isa), "1 groups");
    Codes more(18);
    EXPECT_ERROR(max_pool(Codes(2), outside, more, isa), "padding 1");
    EXPECT_ERROR(average_pool(Codes(3), 0, {}, s, Dialect::kOrt, out, isa), "3");
    EXPECT_ERROR(average_pool(Codes(2), 0, {}, grouped, Dialect::kOrt, out, isa), "1 groups");
  }
}

}  // namespace
}  // namespace tinytorch::quantization
