// Learner tests of part 12: weights from one model to another.
#include "tinytorch/nn/transfer_weights.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/teach.h"

namespace tinytorch::nn {
namespace {

using teach::expect_error;
using teach::expect_same;
using teach::expect_value;
using Lines = std::vector<std::string>;
using State = std::vector<NamedTensor>;

void require(bool condition, const std::string& message,
             const teach::Location& where = teach::Location::current()) {
  if (!condition) teach::report(where, message);
}

State state_of(const Lines& keys, float value) {
  State state;
  for (const std::string& key : keys) state.emplace_back(key, Tensor::full(Shape{2}, value));
  return state;
}

TEST(TransferWeights, CopiesEveryValueByKey) {
  const State from{{"0.weight", Tensor(Shape{2}, {1.0f, 2.0f})},
                   {"1.running_mean", Tensor(Shape{2}, {3.0f, 4.0f})}};
  const State to{{"1.running_mean", Tensor::zeros(Shape{2})},
                 {"0.weight", Tensor::zeros(Shape{2})}};
  transfer_weights(from, to);
  expect_same<float>("0.weight", to[1].second.data(), {1.0f, 2.0f},
                     {{{3.0f, 4.0f}, "Values went by position: the key says where they belong."},
                      {{0.0f, 0.0f},
                       "The model still has its own values: assigning a Tensor to a Tensor moves a "
                       "handle; copy from data() to data()."}});
  expect_same<float>("1.running_mean", to[0].second.data(), {3.0f, 4.0f},
                     {{{0.0f, 0.0f},
                       "The running statistics stayed behind: the batch norm would normalize by 0 "
                       "and 1, and only the accuracy would tell."}});
}

TEST(TransferWeights, LeavesTwoModelsNotOne) {
  const State from = state_of({"w"}, 1.0f);
  const State to = state_of({"w"}, 0.0f);
  transfer_weights(from, to);
  require(!from[0].second.shares_storage_with(to[0].second),
          "the two models share their values now: training one would train the other");
}

TEST(TransferWeights, AMissingKeyIsAnError) {
  // What fusing makes of "1.running_mean": the conv and its batch norm are one module, "0".
  const State from = state_of({"0.weight", "0.bn.running_mean"}, 1.0f);
  const State to = state_of({"0.weight", "1.running_mean"}, 0.0f);
  expect_error([&] { transfer_weights(from, to); }, "running_mean",
               "A key without a partner would be skipped, and the batch norm reset in silence.");
}

TEST(TransferWeights, BothDirectionsCount) {
  expect_error(
      [] {
        transfer_weights(state_of({"a"}, 1.0f), state_of({"a", "b.weight"}, 0.0f));
      },
      "b.weight", "`to` has a key that `from` lacks: it would keep its initial values.");
  expect_error(
      [] {
        transfer_weights(state_of({"a", "c.weight"}, 1.0f), state_of({"a"}, 0.0f));
      },
      "c.weight", "`from` has a key that `to` lacks: what was trained would be dropped.");
}

TEST(TransferWeights, AnotherShapeIsAnErrorNamingBoth) {
  const State from{{"w", Tensor::ones(Shape{2, 3})}};
  const State to{{"w", Tensor::zeros(Shape{3, 2})}};
  expect_error([&] { transfer_weights(from, to); }, "w",
               "Six values fit into six places and mean something else there.");
  expect_error([&] { transfer_weights(from, to); }, "[2, 3]", "The message names both shapes.");
  expect_error([&] { transfer_weights(from, to); }, "[3, 2]", "The message names both shapes.");
}

TEST(TransferWeights, LeavesEverythingAsItWasOnAnError) {
  const State to = state_of({"a", "b"}, 0.0f);
  const auto attempt = [&](const State& from) {
    expect_error([&] { transfer_weights(from, to); }, "transfer_weights", "The keys differ.");
    expect_same<float>(
        "a", to[0].second.data(), {0.0f, 0.0f},
        {{{1.0f, 1.0f}, "Half a transfer is worse than none: check everything, then copy."}});
  };
  attempt(state_of({"a"}, 1.0f));
  attempt({{"a", Tensor::ones(Shape{2})}, {"b", Tensor::ones(Shape{3})}});
}

TEST(TransferWeights, KeysAreWholeNames) {
  const State from{{"body.0.weight", Tensor::full(Shape{1}, 1.0f)},
                   {"shortcut.0.weight", Tensor::full(Shape{1}, 2.0f)}};
  const State to{{"shortcut.0.weight", Tensor::zeros(Shape{1})},
                 {"body.0.weight", Tensor::zeros(Shape{1})}};
  transfer_weights(from, to);
  expect_value("shortcut.0.weight", to[0].second.item(), 2.0f,
               {{1.0f, "It got body's weight: compare the whole key, not its end."}});
}

}  // namespace
}  // namespace tinytorch::nn
