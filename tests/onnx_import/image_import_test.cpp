// Convolutions, pooling, normalizations and squeeze-and-excite blocks.
#include "tests/onnx_import/imported.h"

namespace tinytorch::import_tests {
namespace {

struct ConvCase {
  std::string what;
  Sizes image;   // C, H, W or C, L
  Sizes weight;  // O, C/groups, kernel…
  std::function<void(pb::NodeProto&)> attributes;
};

std::vector<ConvCase> conv_cases() {
  return {
      {"plain", {3, 9, 7}, {5, 3, 3, 3}, [](auto&) {}},
      {"one by one", {3, 9, 7}, {5, 3, 1, 1}, [](auto&) {}},
      {"strided and padded",
       {3, 9, 7},
       {5, 3, 3, 3},
       [](auto& n) {
         set(set(n, "strides", Sizes{2, 2}), "pads", Sizes{1, 1, 1, 1});
       }},
      {"depthwise",
       {4, 9, 7},
       {4, 1, 5, 5},
       [](auto& n) {
         set(set(n, "group", 4), "pads", Sizes{2, 2, 2, 2});
       }},
      {"two groups", {4, 9, 7}, {6, 2, 3, 3}, [](auto& n) { set(n, "group", 2); }},
      {"rectangular", {3, 9, 7}, {5, 3, 1, 3}, [](auto&) {}},
      {"strides an axis",
       {3, 9, 11},
       {5, 3, 3, 2},
       [](auto& n) {
         set(n, "strides", Sizes{3, 2});
       }},
      {"padding a side",
       {3, 9, 7},
       {5, 3, 3, 3},
       [](auto& n) {
         set(n, "pads", Sizes{0, 1, 2, 0});
       }},
      {"dilated",
       {3, 13, 11},
       {5, 3, 3, 3},
       [](auto& n) {
         set(n, "dilations", Sizes{2, 3});
       }},
      {"SAME_UPPER",
       {3, 9, 8},
       {5, 3, 3, 2},
       [](auto& n) {
         set(set(n, "auto_pad", "SAME_UPPER"), "strides", Sizes{2, 2});
       }},
      {"SAME_LOWER", {3, 9, 8}, {5, 3, 4, 2}, [](auto& n) { set(n, "auto_pad", "SAME_LOWER"); }},
      {"VALID", {3, 9, 8}, {5, 3, 4, 2}, [](auto& n) { set(n, "auto_pad", "VALID"); }},
      {"of a sequence",
       {6, 21},
       {4, 6, 5},
       [](auto& n) {
         set(set(n, "pads", Sizes{2, 1}), "strides", Sizes{2});
       }},
      {"of a sequence, dilated, depthwise",
       {6, 21},
       {6, 1, 3},
       [](auto& n) { set(set(n, "dilations", Sizes{3}), "group", 6); }},
  };
}

TEST(ImportConv, OfEveryWindow) {
  for (const auto& [what, image, weight, attributes] : conv_cases()) {
    for (const bool bias : {false, true}) {
      SCOPED_TRACE(what);
      RawModel model(bias ? 17 : 9);
      Sizes shape = image;
      shape.insert(shape.begin(), 2);
      model.input(shape).output(shape.size()).weight("w", weight).weight("b", {weight[0]});
      auto inputs = std::vector<std::string>{"x", "w"};
      if (bias) inputs.push_back("b");
      attributes(model.node("Conv", inputs, "y"));
      EXPECT_LE(import(model).worst_difference, 1e-5);
    }
  }
}

TEST(ImportPool, OfEveryWindow) {
  using Attributes = std::function<void(pb::NodeProto&)>;
  const std::vector<Attributes> cases = {
      [](auto& n) {
        set(set(n, "kernel_shape", Sizes{2, 2}), "strides", Sizes{2, 2});
      },
      [](auto& n) {
        set(n, "kernel_shape", Sizes{3, 2});
      },
      [](auto& n) {
        set(set(n, "kernel_shape", Sizes{1, 2}), "strides", Sizes{1, 2});
      },
      [](auto& n) {
        set(set(set(n, "kernel_shape", Sizes{3, 3}), "strides", Sizes{2, 2}), "pads",
            Sizes{1, 1, 1, 1});
      },
      [](auto& n) {
        set(set(n, "kernel_shape", Sizes{3, 3}), "pads", Sizes{0, 1, 1, 0});
      },
      [](auto& n) {
        set(set(set(n, "kernel_shape", Sizes{3, 3}), "strides", Sizes{2, 2}), "ceil_mode", 1);
      },
      [](auto& n) {
        set(set(set(n, "kernel_shape", Sizes{2, 2}), "strides", Sizes{2, 2}), "auto_pad",
            "SAME_UPPER");
      },
  };
  for (const char* op : {"MaxPool", "AveragePool"}) {
    for (std::size_t i = 0; i < cases.size(); ++i) {
      SCOPED_TRACE(std::string(op) + " case " + std::to_string(i));
      RawModel model(12);
      model.input({2, 3, 9, 10}).output(4);
      cases[i](model.node(op, {"x"}, "y"));
      EXPECT_LE(import(model).worst_difference, 1e-5);
    }
  }
  RawModel padded(12);
  padded.input({2, 3, 9, 7}).output(4);
  set(set(set(padded.node("AveragePool", {"x"}, "y"), "kernel_shape", Sizes{3, 3}), "pads",
          Sizes{1, 1, 1, 1}),
      "count_include_pad", 1);
  EXPECT_LE(import(padded).worst_difference, 1e-5);
}

TEST(ImportPool, OfTheWholeImage) {
  for (int form = 0; form < 4; ++form) {
    SCOPED_TRACE(form);
    RawModel model(13);
    model.input({2, 3, 9, 7}).output(form == 1 ? 2 : 4);
    if (form == 0) model.node("GlobalAveragePool", {"x"}, "y");
    if (form == 1)
      set(set(model.node("ReduceMean", {"x"}, "y"), "axes", Sizes{2, 3}), "keepdims", 0);
    if (form == 2) set(model.node("ReduceMean", {"x"}, "y"), "axes", Sizes{-1, -2});
    if (form == 3) {
      set(model.node("Transpose", {"x"}, "t"), "perm", Sizes{0, 2, 3, 1});
      set(model.node("ReduceMean", {"t"}, "y"), "axes", Sizes{1, 2});
    }
    EXPECT_EQ(layers(import(model)), "AdaptiveAvgPool2d(1, 1)");
  }
  RawModel channels;
  channels.input({2, 3, 9, 7}).output(4);
  set(channels.node("ReduceMean", {"x"}, "y"), "axes", Sizes{1});
  EXPECT_NE(refusal(channels).find("node ReduceMean_0 (ReduceMean): averages over other axes"),
            std::string::npos)
      << refusal(channels);
}

TEST(ImportBatchNorm, OnImagesSequencesAndFeatures) {
  for (const Sizes& shape : {Sizes{2, 5, 4, 3}, Sizes{2, 5, 9}, Sizes{3, 5}}) {
    for (const std::int64_t opset : {9, 15}) {
      RawModel model(opset);
      model.input(shape).output(shape.size()).weight("s", {5}).weight("b", {5}).weight("m", {5});
      model.positive("v", {5}).weight("w", {5, 5});
      set(model.node("BatchNormalization", {"x", "s", "b", "m", "v"}, "y"), "epsilon", 1e-3f);
      EXPECT_NE(layers(import(model)), "");
    }
  }
}

TEST(ImportBatchNorm, BehindAGemmGoesIntoItsWeight) {
  RawModel model;
  model.input({2, 6}).output(2).weight("w", {6, 5}).weight("s", {5}).weight("b", {5});
  model.weight("m", {5}).positive("v", {5});
  model.node("Gemm", {"x", "w"}, "g");
  model.node("BatchNormalization", {"g", "s", "b", "m", "v"}, "y");
  EXPECT_EQ(layers(import(model)), "Linear(6, 5)");
}

TEST(ImportLayerNorm, AsAnOperatorAndAsAPattern) {
  RawModel whole(17);
  whole.input({2, 5, 6}).output(3).weight("w", {6}).weight("b", {6});
  set(whole.node("LayerNormalization", {"x", "w", "b"}, "y"), "epsilon", 1e-6f);
  const onnx::Imported imported = import(whole);
  EXPECT_EQ(layers(imported), "LayerNorm([6])");
  EXPECT_EQ(imported.float_islands,
            std::vector<std::string>{"LayerNormalization_0 LayerNorm([6])"});

  for (const bool affine : {false, true}) {
    RawModel pattern(12);
    pattern.input({3, 6}).output(2).weight("w", {6}).weight("b", {6});
    pattern.constant("two", {}, Floats{2.0f}).constant("eps", {}, Floats{1e-5f});
    set(pattern.node("ReduceMean", {"x"}, "m"), "axes", Sizes{-1});
    pattern.node("Sub", {"x", "m"}, "c");
    pattern.node("Pow", {"c", "two"}, "q");
    set(pattern.node("ReduceMean", {"q"}, "v"), "axes", Sizes{1});
    pattern.graph().mutable_node(3)->mutable_attribute(0)->set_ints(0, -1);
    pattern.node("Add", {"v", "eps"}, "e");
    pattern.node("Sqrt", {"e"}, "s");
    pattern.node("Div", {"c", "s"}, affine ? "d" : "y");
    if (affine) {
      pattern.node("Mul", {"d", "w"}, "g");
      pattern.node("Add", {"g", "b"}, "y");
    }
    EXPECT_EQ(layers(import(pattern)), "LayerNorm([6])");
  }
}

TEST(ImportSoftmax, ByTheAxisOfEachOperatorSet) {
  for (const std::int64_t opset : {9, 13}) {
    RawModel features(opset);
    features.input({3, 6}).output(2);
    features.node("Softmax", {"x"}, "y");
    EXPECT_EQ(layers(import(features)), "Softmax(dim=1)");
  }
  RawModel channels(13);
  channels.input({2, 3, 4, 5}).output(4);
  set(channels.node("Softmax", {"x"}, "y"), "axis", 1);
  EXPECT_EQ(layers(import(channels)), "Softmax(dim=1)");
  RawModel coerced(9);
  coerced.input({2, 3, 4}).output(3);
  coerced.node("Softmax", {"x"}, "y");
  EXPECT_NE(refusal(coerced).find("runs over several dimensions as one"), std::string::npos);
}

// The gate of a squeeze-and-excite block, by convolutions or by linear layers.
TEST(ImportSqueezeExcite, ByConvolutionsAndByLinearLayers) {
  for (const bool linear : {false, true}) {
    RawModel model(14);
    model.input({2, 6, 5, 4}).output(4);
    model.weight("c", {6, 6, 3, 3}).constant("flat", {2}, Sizes{2, 6});
    model.constant("image", {4}, Sizes{2, 6, 1, 1});
    set(model.node("Conv", {"x", "c"}, "a"), "pads", Sizes{1, 1, 1, 1});
    model.node("GlobalAveragePool", {"a"}, "p");
    if (linear) {
      model.weight("w1", {6, 3}).weight("w2", {3, 6}).weight("b", {6});
      model.node("Reshape", {"p", "flat"}, "f");
      model.node("MatMul", {"f", "w1"}, "l");
      model.node("Relu", {"l"}, "r");
      model.node("Gemm", {"r", "w2", "b"}, "m");
      set(set(model.node("HardSigmoid", {"m"}, "h"), "alpha", 1.0f / 6.0f), "beta", 0.5f);
      model.node("Reshape", {"h", "image"}, "g");
    } else {
      model.weight("w1", {3, 6, 1, 1}).weight("w2", {6, 3, 1, 1});
      model.node("Conv", {"p", "w1"}, "l");
      model.node("Relu", {"l"}, "r");
      model.node("Conv", {"r", "w2"}, "m");
      model.node("Sigmoid", {"m"}, "g");
    }
    model.node("Mul", {"g", "a"}, "y");
    const std::string found = layers(import(model));
    EXPECT_EQ(found.find("Linear"), std::string::npos) << found;
    EXPECT_NE(found.find("Multiply()"), std::string::npos) << found;
  }
}

// As tf2onnx writes it: channels last outside, each layer between two Transposes.
TEST(ImportChannelsLast, NetworkIsOneOfImages) {
  RawModel model(13);
  model.input({1, 9, 8, 3}).output(2).weight("w", {4, 3, 3, 3}).weight("v", {5, 4, 1, 1});
  model.weight("d", {20 * 4, 6}).constant("flat", {2}, Sizes{-1, 80}).weight("b", {4});
  set(model.node("Transpose", {"x"}, "t"), "perm", Sizes{0, 3, 1, 2});
  set(set(model.node("Conv", {"t", "w"}, "c"), "auto_pad", "SAME_UPPER"), "strides", Sizes{2, 2});
  set(model.node("Transpose", {"c"}, "n"), "perm", Sizes{0, 2, 3, 1});
  model.node("Add", {"n", "b"}, "s");
  model.node("Relu", {"s"}, "r");
  model.node("Reshape", {"r", "flat"}, "f");
  model.node("MatMul", {"f", "d"}, "y");
  const onnx::Imported imported = import(model);
  EXPECT_EQ(layers(imported).find("Conv2d(3, 4, kernel_size=3, stride=2"), 0u) << layers(imported);
  EXPECT_NE(layers(imported).find("ReLU() Flatten() Linear(80, 6, bias=False)"), std::string::npos)
      << layers(imported);
  EXPECT_EQ(imported.sample, (Shape{3, 9, 8}));
}

TEST(ImportConv, ThatAsksForTooMuchIsRefusedBeforeItRuns) {
  RawModel model;
  model.input({1, 3, 9, 7}).output(4).weight("w", {5, 3, 3, 3});
  set(model.node("Conv", {"x", "w"}, "y"), "pads", Sizes{60000, 60000, 60000, 60000});
  EXPECT_NE(refusal(model).find("node Conv_0 (Conv): a shape"), std::string::npos)
      << refusal(model);
}

}  // namespace
}  // namespace tinytorch::import_tests
