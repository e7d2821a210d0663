// Learner tests of part 2: how many bytes a model needs.
#include "tinytorch/profiling/memory.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "tests/support/teach.h"
#include "tinytorch/nn/activation.h"
#include "tinytorch/nn/batch_norm.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/nn/sequential.h"

namespace tinytorch::profiling {
namespace {

using teach::expect_error;
using teach::expect_value;

Layer layer(LayerKind kind, std::int64_t in, std::int64_t out) {
  return {"", nullptr, kind, Shape{in}, Shape{out}};
}

// 64 -> 1024 -> 1024 -> 256 values, as in a convolution, its normalization and its pooling.
std::vector<Layer> chain() {
  return {layer(LayerKind::kConv2d, 64, 1024), layer(LayerKind::kBatchNorm2d, 1024, 1024),
          layer(LayerKind::kMaxPool2d, 1024, 256)};
}

// --- 14.5 state_bytes ---

TEST(StateBytes, FourBytesForEveryParameter) {
  Rng rng(14);
  const nn::Linear linear(3, 5, rng);
  expect_value("parameter bytes of Linear(3, 5)", state_bytes(linear).parameters, 80,
               {{20, "That is the number of values; a float32 has 4 bytes."},
                {60, "The bias is a parameter too."},
                {8, "Those are two tensors; count the values in them, numel()."}});
  expect_value("buffer bytes of Linear(3, 5)", state_bytes(linear).buffers, 0);
}

TEST(StateBytes, RunningStatisticsAreBuffers) {
  const nn::BatchNorm2d norm(16);
  expect_value("parameter bytes of BatchNorm2d(16)", state_bytes(norm).parameters, 128,
               {{256, "Running mean and variance are not trained: they are buffers."},
                {64,
                 "Equal shapes do not make one tensor: weight and bias are two. Ask "
                 "shares_storage_with(), not for sizes."}});
  expect_value("buffer bytes of BatchNorm2d(16)", state_bytes(norm).buffers, 128,
               {{0, "Running mean and variance have to be kept too: named_buffers()."},
                {256, "Weight and bias are trained: they are parameters, not buffers."}});
}

TEST(StateBytes, ALayerUsedTwiceExistsOnce) {
  Rng rng(14);
  const auto shared = std::make_shared<nn::Linear>(4, 4, rng);
  nn::Sequential model;
  model.append(shared).append(std::make_shared<nn::ReLU>()).append(shared);
  expect_value("parameter bytes of one layer at two places", state_bytes(model).parameters, 80,
               {{160,
                 "The two places share their tensors: one that shares_storage_with() another is "
                 "the same memory."}});
}

TEST(StateBytes, TwoLayersAlikeAreTwo) {
  Rng rng(14);
  nn::Sequential model;
  model.append(std::make_shared<nn::Linear>(4, 4, rng))
      .append(std::make_shared<nn::Linear>(4, 4, rng));
  expect_value("parameter bytes of two layers of one shape", state_bytes(model).parameters, 160,
               {{80,
                 "Equal shapes do not make one tensor: ask shares_storage_with(), not for sizes or "
                 "names."}});
}

// --- 14.6 inference_bytes ---

TEST(InferenceBytes, TheLargestPairOfInputAndOutput) {
  expect_value("bytes of 64 -> 1024 -> 1024 -> 256", inference_bytes(chain()), 8192,
               {{2048, "That is the number of values; a float32 has 4 bytes."},
                {4096, "While a layer runs its input is still needed: add input and output."},
                {9216, "Those are all outputs together; without training each goes when used."},
                {9472, "That is everything at once, which only training keeps."},
                {17664,
                 "A maximum over the layers, not a sum: their inputs and outputs are not "
                 "there at the same time."},
                {5120, "The last pair is not the largest: take the maximum over all layers."}});
}

TEST(InferenceBytes, TheFirstInputMayBeTheLargest) {
  const std::vector<Layer> layers = {layer(LayerKind::kLinear, 1000, 10),
                                     layer(LayerKind::kLinear, 10, 10)};
  expect_value("bytes of 1000 -> 10 -> 10", inference_bytes(layers), 4040,
               {{80, "The input of the first layer exists as well."},
                {4000, "The output of a layer is there before its input may go."}});
}

TEST(InferenceBytes, AViewTakesNothing) {
  const std::vector<Layer> layers = {
      layer(LayerKind::kConv2d, 64, 1024), layer(LayerKind::kFlatten, 1024, 1024),
      layer(LayerKind::kDropout, 1024, 1024), layer(LayerKind::kLinear, 1024, 10)};
  expect_value("bytes with Flatten and Dropout in eval mode", inference_bytes(layers), 4352,
               {{8192,
                 "Flatten hands on its input's storage, and so does Dropout in eval mode: ask "
                 "is_view(false)."}});
}

TEST(InferenceBytes, NothingNeedsNothing) {
  expect_value("bytes of no layers", inference_bytes({}), 0);
}

// --- 14.7 training_bytes ---

TrainingBytes adam_on_chain() {
  Rng rng(14);
  const nn::Linear linear(3, 5, rng);  // 80 bytes; the layers are another model's
  return training_bytes(linear, chain(), 2);
}

TEST(TrainingBytes, EveryParameterHasAGradientAndTheOptimizersState) {
  const TrainingBytes bytes = adam_on_chain();
  expect_value("parameters", bytes.parameters, 80,
               {{20, "That is the number of values; a float32 has 4 bytes."}});
  expect_value("gradients", bytes.gradients, 80,
               {{0, "Each parameter has a gradient of its own size."}});
  expect_value("optimizer, two states a parameter", bytes.optimizer, 160,
               {{80, "Adam keeps two values for each parameter: states · parameters."},
                {2, "That is the number of states; each is as large as all parameters."},
                {0, "An optimizer with states keeps them: states · parameters."}});
}

TEST(TrainingBytes, EveryOutputIsKeptForTheBackwardPass) {
  expect_value("activations of 64 -> 1024 -> 1024 -> 256", adam_on_chain().activations, 9472,
               {{2368, "That is the number of values; a float32 has 4 bytes."},
                {9216, "The first layer's input is needed for its weight gradient: keep it too."},
                {17664, "Each layer's input is the output of the layer before: count it once."},
                {8192, "That is inference: in training nothing may go before the backward pass."}});
}

TEST(TrainingBytes, DropoutMakesAnOutputWhileTraining) {
  Rng rng(14);
  const nn::Linear linear(3, 5, rng);
  const std::vector<Layer> layers = {layer(LayerKind::kLinear, 10, 20),
                                     layer(LayerKind::kDropout, 20, 20),
                                     layer(LayerKind::kFlatten, 20, 20)};
  expect_value("activations of Linear, Dropout, Flatten",
               training_bytes(linear, layers, 0).activations, 200,
               {{120, "Dropout is a view in eval mode only: ask is_view(true)."},
                {280, "Flatten is always a view: it adds no output."}});
}

TEST(TrainingBytes, WithoutLayersOrStates) {
  Rng rng(14);
  const nn::Linear linear(3, 5, rng);
  const TrainingBytes bytes = training_bytes(linear, {}, 0);
  expect_value("activations of no layers", bytes.activations, 0);
  expect_value("optimizer without states", bytes.optimizer, 0);
  expect_value("total", bytes.total(), 160);
  expect_error([&] { (void)training_bytes(linear, {}, -1); }, "-1",
               "This check is given: leave it above your lines.");
}

}  // namespace
}  // namespace tinytorch::profiling
