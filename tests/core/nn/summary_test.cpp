#include "tinytorch/nn/summary.h"

#include <gtest/gtest.h>

#include "tests/support/expect_error.h"
#include "tinytorch/autograd/arithmetic.h"
#include "tinytorch/nn/activation.h"
#include "tinytorch/nn/batch_norm.h"
#include "tinytorch/nn/compose.h"
#include "tinytorch/nn/conv2d.h"
#include "tinytorch/nn/flatten.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/nn/pooling.h"

namespace tinytorch::nn {
namespace {

TEST(Summary, IsATableOfLayersShapesAndParameters) {
  auto model = sequential(Linear(64, 128), ReLU(), Linear(128, 10));
  EXPECT_EQ(summary(model),
            "layer                   output    parameters\n"
            "0      Linear(64, 128)  [1, 128]       8,320\n"
            "1      ReLU()           [1, 128]           0\n"
            "2      Linear(128, 10)  [1, 10]        1,290\n"
            "total                   [1, 10]        9,610\n");
}

TEST(Summary, FollowsImagesThroughBlocks) {
  auto model = sequential(Conv2d(1, 4, 3, {.padding = 1}), BatchNorm2d(4),
                          residual(sequential(Conv2d(4, 4, 3, {.padding = 1}), ReLU())),
                          MaxPool2d(2), Flatten(), Linear(64, 10));
  const std::vector<LayerSummary> layers = layers_of(model, {2, 1, 8, 8});
  ASSERT_EQ(layers.size(), 7u);
  EXPECT_EQ(layers[2].name, "2.body.0");
  EXPECT_EQ(layers[2].output, (Shape{2, 4, 8, 8}));
  EXPECT_EQ(layers[2].parameters, 4 * 4 * 9 + 4);
  EXPECT_EQ(layers[4].output, (Shape{2, 4, 4, 4}));
  EXPECT_EQ(layers[6].output, (Shape{2, 10}));
  EXPECT_ERROR(summary(model, {2, 3, 8, 8}), "channels");
}

TEST(Summary, LeavesOutputsEmptyThatAreNotKnown) {
  auto images = sequential(Conv2d(1, 2, 3));
  EXPECT_EQ(summary(images),
            "layer                                                    output  parameters\n"
            "0      Conv2d(1, 2, kernel_size=3, stride=1, padding=0)                  20\n"
            "total                                                                    20\n");
}

// Holds a parameter of its own beside a child.
class Scaled : public Module {
 public:
  Tensor forward(const Tensor& x) override { return inner_->forward(x) * scale_; }

 private:
  Tensor scale_ = register_parameter("scale", Tensor::ones({1}));
  std::shared_ptr<Linear> inner_ = register_module("inner", Linear(3, 2));
};

TEST(Summary, CountsParametersThatNoLayerHolds) {
  Scaled model;
  const std::vector<LayerSummary> layers = layers_of(model, {4, 3});
  ASSERT_EQ(layers.size(), 2u);
  EXPECT_EQ(layers[0].parameters, 1);
  EXPECT_EQ(layers[1].name, "inner");
  EXPECT_FALSE(layers[1].has_output);
  EXPECT_NE(summary(model).find("[1, 2]"), std::string::npos) << summary(model);
}

TEST(Summary, LeavesTheModelAsItWas) {
  auto model = sequential(Linear(2, 2), BatchNorm2d(2));
  static_cast<void>(summary(model));  // does not fit: no outputs, no error
  EXPECT_TRUE(model.training());
  auto images = sequential(BatchNorm2d(1));
  static_cast<void>(layers_of(images, {2, 1, 2, 2}));
  EXPECT_EQ(images.named_buffers()[1].second.data()[0], 1.0f);
}

}  // namespace
}  // namespace tinytorch::nn
