// Elementwise functions, written in the ways that exporters write them, and joins.
#include <cmath>

#include "tests/onnx_import/imported.h"

namespace tinytorch::import_tests {
namespace {

// One node on 2 × 35 values.
onnx::Imported one(std::int64_t opset, const std::string& op,
                   const std::function<void(pb::NodeProto&)>& attributes = {}) {
  RawModel model(opset);
  model.input({2, 5, 7}).output(3);
  pb::NodeProto& node = model.node(op, {"x"}, "y");
  if (attributes) attributes(node);
  return import(model);
}

TEST(ImportFunctions, OfOneNode) {
  EXPECT_EQ(layers(one(9, "Relu")), "ReLU()");
  EXPECT_EQ(layers(one(9, "Sigmoid")), "Sigmoid()");
  EXPECT_EQ(layers(one(13, "Tanh")), "Tanh()");
  EXPECT_EQ(layers(one(14, "HardSwish")), "Hardswish()");
  EXPECT_EQ(layers(one(9, "LeakyRelu", [](auto& node) { set(node, "alpha", 0.2f); })),
            "LeakyReLU(slope=0.2)");
  EXPECT_EQ(layers(one(9, "LeakyRelu")), "LeakyReLU(slope=0.01)");
  EXPECT_EQ(layers(one(9, "HardSigmoid",
                       [](auto& node) { set(set(node, "alpha", 1.0f / 6.0f), "beta", 0.5f); })),
            "Hardsigmoid()");
}

TEST(ImportHardSigmoid, OfAnotherSlopeIsALineAndOurs) {
  EXPECT_EQ(layers(one(9, "HardSigmoid")), "Linear(7, 7) Hardsigmoid()");
}

TEST(ImportClip, ByAttributesBeforeOperatorSet11) {
  const auto clip = [](float low, float high) {
    return layers(one(9, "Clip", [&](auto& node) { set(set(node, "min", low), "max", high); }));
  };
  EXPECT_EQ(clip(0.0f, 6.0f), "ReLU6()");
  EXPECT_EQ(clip(-0.5f, 0.75f), "Hardtanh(-0.5, 0.75)");
  EXPECT_EQ(clip(0.0f, std::numeric_limits<float>::max()), "ReLU()");
}

TEST(ImportClip, ByInputsSinceOperatorSet11) {
  for (const auto& [low, high, layer] :
       {std::tuple("zero", "six", "ReLU6()"), std::tuple("zero", "", "ReLU()"),
        std::tuple("low", "six", "Hardtanh(-1.5, 6)")}) {
    RawModel model(11);
    model.input({2, 35}).output(2);
    model.constant("zero", {}, Floats{0.0f}).constant("six", {}, Floats{6.0f});
    model.constant("low", {}, Floats{-1.5f});
    model.node("Clip", {"x", low, high}, "y");
    EXPECT_EQ(layers(import(model)), layer);
  }
}

TEST(ImportMax, WithANumberIsAClampFromBelow) {
  RawModel model(13);
  model.input({2, 35}).output(2).constant("least", {1, 1}, Floats{-0.4f});
  set(model.node("LeakyRelu", {"x"}, "l"), "alpha", 0.2f);
  model.node("Max", {"l", "least"}, "y");
  EXPECT_EQ(layers(import(model)), "LeakyReLU(slope=0.2) Hardtanh(-0.4, 3.4028235e+38)");
}

// The ways in which exporters write x·clip(x + 3, 0, 6)/6.
TEST(ImportHardSwish, AsAPattern) {
  for (int form = 0; form < 5; ++form) {
    RawModel model(form == 4 ? 9 : 13);
    model.input({2, 35}).output(2).constant("three", {}, Floats{3.0f});
    model.constant("six", {}, Floats{6.0f}).constant("zero", {}, Floats{0.0f});
    model.constant("sixth", {1}, Floats{1.0f / 6.0f});
    model.node("Add", {"x", "three"}, "a");
    if (form == 4) {
      set(set(model.node("Clip", {"a"}, "c"), "min", 0.0f), "max", 6.0f);
    } else {
      model.node("Clip", {"a", "zero", "six"}, "c");
    }
    if (form == 0 || form == 4) {
      model.node("Mul", {"x", "c"}, "m");
      model.node("Div", {"m", "six"}, "y");
    } else if (form == 1) {
      model.node("Div", {"c", "six"}, "d");
      model.node("Mul", {"x", "d"}, "y");
    } else if (form == 2) {
      model.node("Mul", {"c", "sixth"}, "d");
      model.node("Mul", {"d", "x"}, "y");
    } else {
      model.node("Mul", {"x", "sixth"}, "d");
      model.node("Mul", {"d", "c"}, "y");
    }
    EXPECT_EQ(layers(import(model)), "Hardswish()") << form;
  }
}

TEST(ImportHardSigmoid, AsAPattern) {
  RawModel model;
  model.input({2, 35}).output(2).constant("three", {}, Floats{3.0f});
  model.constant("six", {}, Floats{6.0f}).constant("zero", {}, Floats{0.0f});
  model.node("Add", {"x", "three"}, "a");
  model.node("Clip", {"a", "zero", "six"}, "c");
  model.node("Div", {"c", "six"}, "y");
  EXPECT_EQ(layers(import(model)), "Hardsigmoid()");
}

TEST(ImportSiLU, AsAPattern) {
  RawModel model;
  model.input({2, 35}).output(2);
  model.node("Sigmoid", {"x"}, "s");
  model.node("Mul", {"x", "s"}, "y");
  EXPECT_EQ(layers(import(model)), "SiLU()");
}

TEST(ImportGelu, AsPatternsWithErfAndTanh) {
  RawModel exact;
  exact.input({2, 35}).output(2).constant("root", {}, Floats{std::sqrt(2.0f)});
  exact.constant("one", {}, Floats{1.0f}).constant("half", {}, Floats{0.5f});
  exact.node("Div", {"x", "root"}, "d");
  exact.node("Erf", {"d"}, "e");
  exact.node("Add", {"e", "one"}, "a");
  exact.node("Mul", {"x", "a"}, "m");
  exact.node("Mul", {"m", "half"}, "y");
  EXPECT_EQ(layers(import(exact)), "GELU()");

  RawModel tanh;
  tanh.input({2, 35}).output(2).constant("c", {}, Floats{0.044715f});
  tanh.constant("root", {}, Floats{0.7978845608f}).constant("three", {}, Floats{3.0f});
  tanh.constant("one", {}, Floats{1.0f}).constant("half", {}, Floats{0.5f});
  tanh.node("Pow", {"x", "three"}, "p");
  tanh.node("Mul", {"p", "c"}, "q");
  tanh.node("Add", {"x", "q"}, "r");
  tanh.node("Mul", {"r", "root"}, "s");
  tanh.node("Tanh", {"s"}, "t");
  tanh.node("Add", {"t", "one"}, "u");
  tanh.node("Mul", {"x", "half"}, "h");
  tanh.node("Mul", {"h", "u"}, "y");
  EXPECT_EQ(layers(import(tanh)), "GELU(approximate='tanh')");
}

TEST(ImportErf, AloneIsRefusedByName) {
  RawModel model;
  model.input({2, 35}).output(2);
  model.node("Erf", {"x"}, "y");
  EXPECT_NE(refusal(model).find("node Erf_0 (Erf): no layer computes Erf by itself"),
            std::string::npos)
      << refusal(model);
}

TEST(ImportLines, OfNumbersGoIntoTheLayerBefore) {
  RawModel model;
  model.input({2, 6}).output(2).weight("w", {6, 3}).constant("two", {}, Floats{2.0f});
  model.constant("one", {}, Floats{1.0f});
  model.node("MatMul", {"x", "w"}, "m");
  model.node("Mul", {"m", "two"}, "d");
  model.node("Sub", {"one", "d"}, "y");
  EXPECT_EQ(layers(import(model)), "Linear(6, 3)");
}

// What went into the weight must not be looked through later.
TEST(ImportLines, ThatWereAbsorbedAreNotAppliedTwice) {
  RawModel model;
  model.input({2, 6}).output(2).weight("w", {6, 6}).constant("two", {}, Floats{2.0f});
  model.node("MatMul", {"x", "w"}, "m");
  model.node("Mul", {"m", "two"}, "d");
  model.node("Relu", {"d"}, "r");
  model.node("Div", {"d", "two"}, "back");
  model.node("Add", {"r", "back"}, "y");
  EXPECT_NE(layers(import(model)), "");
}

TEST(ImportNormalizedInput, WithChannelsLastIsAnImage) {
  RawModel model(13);
  model.input({1, 8, 9, 3}).output(4).constant("mean", {3}, Floats{0.1f, 0.2f, 0.3f});
  model.constant("scale", {}, Floats{0.25f}).weight("w", {4, 3, 3, 3});
  model.node("Sub", {"x", "mean"}, "s");
  model.node("Div", {"s", "scale"}, "d");
  set(model.node("Transpose", {"d"}, "t"), "perm", Sizes{0, 3, 1, 2});
  model.node("Conv", {"t", "w"}, "y");
  const onnx::Imported imported = import(model);
  EXPECT_EQ(imported.sample, (Shape{3, 8, 9}));
  EXPECT_EQ(imported.order.size(), 8u * 9 * 3);
}

TEST(ImportJoins, AddMulMaxAndSum) {
  for (const auto& [op, layer] : {std::pair("Add", "Add()"), std::pair("Mul", "Multiply()"),
                                  std::pair("Max", "Maximum()"), std::pair("Sum", "Add()")}) {
    RawModel model(13);
    model.input({2, 6}).output(2).weight("w", {6, 6}).weight("v", {6, 6});
    model.node("MatMul", {"x", "w"}, "a");
    model.node("MatMul", {"x", "v"}, "b");
    model.node(op, {"a", "b"}, "y");
    EXPECT_NE(layers(import(model)).find(layer), std::string::npos) << op;
  }
}

TEST(ImportJoins, ThreeOfThem) {
  RawModel model(13);
  model.input({2, 6}).output(2).weight("w", {6, 6}).weight("v", {6, 6});
  model.node("MatMul", {"x", "w"}, "a");
  model.node("MatMul", {"x", "v"}, "b");
  model.node("Max", {"a", "b", "x"}, "y");
  EXPECT_NE(layers(import(model)).find("Maximum() Maximum()"), std::string::npos);
}

TEST(ImportJoins, SubOfTwoIsRefusedByName) {
  RawModel model;
  model.input({2, 6}).output(2).weight("w", {6, 6});
  model.node("MatMul", {"x", "w"}, "a");
  model.node("Sub", {"a", "x"}, "y");
  EXPECT_NE(refusal(model).find("node Sub_1 (Sub): no layer computes Sub of two values"),
            std::string::npos)
      << refusal(model);
}

TEST(ImportConcat, OfFeaturesAndOfImages) {
  RawModel features;
  features.input({2, 6}).output(2).weight("w", {6, 3}).weight("v", {6, 5});
  features.node("MatMul", {"x", "w"}, "a");
  features.node("MatMul", {"x", "v"}, "b");
  set(features.node("Concat", {"a", "b", "a"}, "y"), "axis", -1);
  EXPECT_NE(layers(import(features)).find("Concat(dim=1)"), std::string::npos);

  RawModel images;
  images.input({2, 3, 5, 7}).output(4).weight("w", {4, 3, 1, 1});
  images.node("Conv", {"x", "w"}, "a");
  set(images.node("Concat", {"a", "x"}, "y"), "axis", 1);
  EXPECT_NE(layers(import(images)).find("Concat(dim=1)"), std::string::npos);
}

TEST(ImportConcat, AlongTheHeightIsRefusedWhereAnImageIsNeeded) {
  RawModel model;
  model.input({2, 3, 5, 7}).output(4).weight("w", {4, 3, 1, 1});
  model.node("Relu", {"x"}, "a");
  set(model.node("Concat", {"a", "x"}, "c"), "axis", 2);
  model.node("Conv", {"c", "w"}, "y");
  EXPECT_NE(refusal(model).find("node Conv_2 (Conv): "), std::string::npos) << refusal(model);
}

}  // namespace
}  // namespace tinytorch::import_tests
