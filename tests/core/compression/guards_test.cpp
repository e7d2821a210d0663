// What the compression room's guards let through, and what they say where they do not.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/support/expect_error.h"
#include "tinytorch/compression/distillation.h"
#include "tinytorch/compression/gradual.h"
#include "tinytorch/compression/require.h"
#include "tinytorch/compression/sparse_storage.h"
#include "tinytorch/compression/structured.h"
#include "tinytorch/nn/activation.h"
#include "tinytorch/nn/layer_norm.h"

namespace tinytorch::compression {
namespace {

using Ids = std::vector<std::int64_t>;
using Floats = std::vector<float>;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr NmPattern kTwoOfFour{2, 4};

Tensor row(const Floats& values) {
  return Tensor(Shape{1, static_cast<std::int64_t>(values.size())}, values);
}

TEST(CompressionGuards, ARatioIsAShareBelowOne) {
  require_ratio("f", 0.0);
  require_ratio("f", 0.75, 4, "weights");
  for (const double ratio : {1.0, 1.5, -0.1, std::nan("")}) {
    EXPECT_ERROR(require_ratio("f", ratio), "f: ratio must be at least 0 and less than 1, got");
  }
  EXPECT_ERROR(require_ratio("f", 0.9, 4, "weights"), "f: ratio 0.9 would leave none of 4 weights");
  EXPECT_ERROR(require_ratio("f", 0.0, 0, "weights"), "none of 0 weights");
}

TEST(CompressionGuards, ChannelsAscendWithinRange) {
  require_channels("f", Ids{0, 2}, 3);
  EXPECT_ERROR(require_channels("f", Ids{}, 3), "f: no channel would stay of 3");
  EXPECT_ERROR(require_channels("f", Ids{0, 0}, 3), "channels must ascend, got 0 after 0");
  EXPECT_ERROR(require_channels("f", Ids{-1, 0}, 3), "channel must be from 0 to 2, got -1");
  EXPECT_ERROR(require_channels("f", Ids{1, 3}, 3), "channel must be from 0 to 2, got 3");
}

TEST(CompressionGuards, InputsDivideIntoBlocks) {
  const Tensor weight = Tensor::ones(Shape{3, 4});
  require_input_channels("f", weight, Ids{0, 1}, 2);
  EXPECT_ERROR(require_input_channels("f", weight, Ids{2}, 2), "from 0 to 1, got 2");
  EXPECT_ERROR(require_input_channels("f", weight, Ids{0}, 3), "evenly into blocks of 3");
  EXPECT_ERROR(require_input_channels("f", weight, Ids{0}, 0), "width must be at least 1, got 0");
  EXPECT_ERROR(require_input_channels("f", Tensor::ones(Shape{4}), Ids{0}, 1), "got [4]");
}

TEST(CompressionGuards, SingularValuesDescend) {
  require_singular_values("f", Floats{3, 3, 0});
  require_singular_values("f", Floats{});
  EXPECT_ERROR(require_singular_values("f", Floats{1, 2}), "descend, got 2 at 1");
  EXPECT_ERROR(require_singular_values("f", Floats{2, -1}), "got -1 at 1");
  EXPECT_ERROR(require_singular_values("f", Floats{1, kNan}), "must be finite, got nan");
}

TEST(CompressionGuards, ALayerHasSizesThatCanBeMultiplied) {
  require_layer_size("f", 1, 1);
  EXPECT_ERROR(require_layer_size("f", 0, 5), "a layer 0 × 5 must have");
  const std::int64_t huge = std::int64_t{1} << 32;
  EXPECT_ERROR(require_layer_size("f", huge, huge), "must fit in 64 bits");
}

TEST(CompressionGuards, SchedulesRiseBelowOne) {
  require_schedule("f", {});
  EXPECT_ERROR(require_schedule("f", {.begin = -2}), "begin must be at least 0, got -2");
  EXPECT_ERROR(require_schedule("f", {.every = 0}), "every must be at least 1, got 0");
  EXPECT_ERROR(require_schedule("f", {.updates = 0}), "updates must be at least 1, got 0");
  for (const PruningSchedule& wrong :
       {PruningSchedule{.final = 1.0}, PruningSchedule{.initial = 0.6, .final = 0.5},
        PruningSchedule{.initial = -0.1}, PruningSchedule{.final = std::nan("")},
        PruningSchedule{.initial = std::nan("")}}) {
    EXPECT_ERROR(require_schedule("f", wrong), "0 <= initial <= final < 1, got");
  }
}

TEST(CompressionGuards, PatternsFitRows) {
  require_n_m("f", Tensor::ones(Shape{2, 2, 2, 2}), kTwoOfFour);
  const Tensor weight = Tensor::ones(Shape{1, 16});
  for (const NmPattern wrong : {NmPattern{0, 4}, {4, 4}, {5, 4}, {-1, 4}, {2, 32}}) {
    EXPECT_ERROR(require_n_m("f", weight, wrong), "1 <= n < m <= 16, got");
  }
  // 12 weights divide into groups of 4, but a group must not reach over the end of a row.
  EXPECT_ERROR(require_n_m("f", Tensor::ones(Shape{2, 6}), kTwoOfFour), "rows of 6 weights");
  EXPECT_ERROR(require_n_m("f", row({1, 2, kNan, 4}), kTwoOfFour), "weight[2] must be finite");
  EXPECT_ERROR(require_at_most_n("f", row({0, 1, 0, 2, 1, 0, 2, 3}), kTwoOfFour),
               "group 1 must hold at most 2 of 4 values, got 3");
}

TEST(CompressionGuards, StoredPlacesAscendWithinTheirGroups) {
  // 0 5 0 7 | 0 0 9 0: places 1, 3, 0, 2.
  const NmWeights good{kTwoOfFour, Shape{1, 8}, {5, 7, 0, 9}, {0b10001101}};
  require_stored_n_m("f", good);
  EXPECT_EQ(place_of(good, 1), 3u);
  NmWeights wrong = good;
  wrong.values.pop_back();
  EXPECT_ERROR(require_stored_n_m("f", wrong), "3 values and 1 bytes of places");
  wrong = good;
  wrong.positions.clear();
  EXPECT_ERROR(require_stored_n_m("f", wrong), "4 values and 0 bytes of places");
  wrong = good;
  wrong.shape = Shape{1, 12};
  EXPECT_ERROR(require_stored_n_m("f", wrong), "do not fit [1, 12] in 2:4");
  wrong = good;
  wrong.positions[0] = 0b10000101;
  EXPECT_ERROR(require_stored_n_m("f", wrong), "must ascend, got place 1 behind 1 for value 1");
  // Three bits can say 7; a group of 5 has places 0 to 4.
  const NmWeights outside{{1, 5}, Shape{1, 5}, {2}, {7}};
  EXPECT_ERROR(require_stored_n_m("f", outside), "below 5, got place 7");
  const NmWeights unused{kTwoOfFour, Shape{1, 4}, {5, 7}, {0b11101}};
  EXPECT_ERROR(require_stored_n_m("f", unused), "bit 4 of the places is set");
}

TEST(CompressionGuards, BitmapsHaveTheirBits) {
  require_bitmap("f", std::string_view("\x0A\x07\x09"), 4, 1);
  EXPECT_ERROR(require_bitmap("f", "", 4, 1), "the bits alone take 1 bytes, got 0 bytes");
  EXPECT_ERROR(require_bitmap("f", "\x0A", 3, 1), "bit 3 is set, behind the last of 3");
  EXPECT_ERROR(require_bitmap("f", "\x0A", -1, 1), "at least 0, got -1");
  EXPECT_ERROR(require_bitmap("f", "\x0A", 4, 0), "from 1 to 16, got 0");
  EXPECT_ERROR(require_bitmap("f", "\x0A", 4, std::int64_t{1} << 62), "from 1 to 16");
  EXPECT_ERROR(require_elements("f", "abcde", 4), "5 bytes must divide evenly");
  EXPECT_ERROR(require_elements("f", "abcd", 0), "from 1 to 16, got 0");
}

TEST(CompressionGuards, TeacherAndStudentAgreeInShape) {
  const Tensor two = Tensor::ones(Shape{2, 3});
  require_distillation("f", two, two, {});
  for (const float wrong : {0.0f, -1.0f, kNan, kInfinity, 1e-38f, 1e6f}) {
    EXPECT_ERROR(require_distillation("f", two, two, {.temperature = wrong}), "temperature");
  }
  for (const float wrong : {-0.1f, 1.1f, kNan}) {
    EXPECT_ERROR(require_distillation("f", two, two, {.soft = wrong}), "soft must be from 0 to 1");
  }
  EXPECT_ERROR(require_distillation("f", two, two.rows(0, 1), {}), "[2, 3] and [1, 3]");
  EXPECT_ERROR(require_distillation("f", two.view({6}), two.view({6}), {}), "[N, C], got [6]");
  for (const float wrong : {kNan, 3e38f}) {
    const Tensor bad(Shape{2, 3}, {0, 0, wrong, 0, 0, 0});
    EXPECT_ERROR(require_distillation("f", bad, two, {}), "the student's logit 2 must be finite");
    EXPECT_ERROR(require_distillation("f", two, bad, {.soft = 0.0f}), "the teacher's logit 2");
  }
}

template <typename Layer, typename... Arguments>
std::shared_ptr<nn::Module> layer(Arguments&&... arguments) {
  return std::make_shared<Layer>(std::forward<Arguments>(arguments)...);
}

TEST(ShrinkableGuard, PlansFitTheModel) {
  Rng rng(1);
  const nn::Sequential model(
      {layer<nn::Linear>(4, 6, rng), layer<nn::ReLU>(), layer<nn::Linear>(6, 3, rng)});
  const auto guard = [&](std::vector<KeptChannels> plan) { require_shrinkable("f", model, plan); };
  guard({{0, {1, 5}}});
  guard({});
  EXPECT_ERROR(guard({{2, {0, 1}}}), "layer 2 is the last");
  EXPECT_ERROR(guard({{1, {0, 1}}}), "layer 1 is no Linear");
  EXPECT_ERROR(guard({{7, {0, 1}}}), "layer 7 is no Linear");
  EXPECT_ERROR(guard({{0, {0, 1}}, {0, {2}}}), "layer 0 is planned twice");
  EXPECT_ERROR(guard({{0, {}}}), "no channel would stay of 6");
  EXPECT_ERROR(guard({{0, {0, 6}}}), "from 0 to 5, got 6");
}

TEST(ShrinkableGuard, LayersCanStandWhereTheyDo) {
  Rng rng(1);
  const auto guard = [&](std::vector<std::shared_ptr<nn::Module>> layers,
                         std::vector<KeptChannels> plan) {
    require_shrinkable("f", nn::Sequential(std::move(layers)), plan);
  };
  const auto conv = [&](std::int64_t in, std::int64_t out, std::int64_t groups = 1) {
    return layer<nn::Conv2d>(in, out, 3, nn::Conv2dOptions{.padding = 1, .groups = groups}, rng);
  };
  const auto linear = [&](std::int64_t in, std::int64_t out) {
    return layer<nn::Linear>(in, out, rng);
  };
  EXPECT_ERROR(guard({linear(4, 6), layer<nn::Sigmoid>(), linear(6, 3)}, {}), "Sigmoid");
  EXPECT_ERROR(guard({linear(4, 6), layer<nn::LayerNorm>(Shape{6}), linear(6, 3)}, {}),
               "LayerNorm");
  for (const std::size_t at : {std::size_t{0}, std::size_t{1}}) {
    EXPECT_ERROR(guard({conv(2, 4), conv(4, 4, 4), conv(4, 2)}, {{at, {0, 1}}}), "groups");
  }
  guard({conv(2, 4), conv(4, 4, 4), conv(4, 2)}, {});
  EXPECT_ERROR(guard({conv(1, 4), linear(4, 2)}, {{0, {0}}}), "put a Flatten before it");
  EXPECT_ERROR(guard({conv(1, 4), conv(8, 2)}, {{0, {0, 2}}}), "layer 1 is");
  EXPECT_ERROR(guard({layer<nn::ReLU>()}, {}), "no Linear and no Conv2d");
}

}  // namespace
}  // namespace tinytorch::compression
