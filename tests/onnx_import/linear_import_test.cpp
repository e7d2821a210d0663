// Gemm, MatMul, and what is looked at as features.
#include "tests/onnx_import/imported.h"
#include "tests/support/expect_error.h"

namespace tinytorch::import_tests {
namespace {

TEST(ImportGemm, WithEitherTransBAlphaAndBeta) {
  RawModel transposed;
  transposed.input({3, 5}).output(2).weight("w", {4, 5}).weight("b", {4});
  set(set(transposed.node("Gemm", {"x", "w", "b"}, "y"), "transB", 1), "alpha", 0.5f);
  EXPECT_EQ(layers(import(transposed)), "Linear(5, 4)");

  RawModel plain(9);
  plain.input({1, 5}).output(2).weight("w", {5, 4}).weight("b", {1, 4});
  set(plain.node("Gemm", {"x", "w", "b"}, "y"), "beta", 2.0f);
  EXPECT_EQ(layers(import(plain)), "Linear(5, 4)");
}

TEST(ImportGemm, BiasOfOneNumberAndNone) {
  RawModel scalar;
  scalar.input({2, 3}).output(2).weight("w", {3, 7}).constant("b", {}, Floats{0.75f});
  scalar.node("Gemm", {"x", "w", "b"}, "y");
  EXPECT_EQ(layers(import(scalar)), "Linear(3, 7)");
  RawModel without;
  without.input({2, 3}).output(2).weight("w", {3, 7});
  without.node("Gemm", {"x", "w"}, "y");
  EXPECT_EQ(layers(import(without)), "Linear(3, 7, bias=False)");
}

TEST(ImportMatMul, TakesTheAddBehindItAsItsBias) {
  for (const bool swapped : {false, true}) {
    RawModel model(13);
    model.input({2, 6}).output(2).weight("w", {6, 3}).weight("b", {3});
    model.node("MatMul", {"x", "w"}, "m");
    model.node("Add", {swapped ? "b" : "m", swapped ? "m" : "b"}, "y");
    EXPECT_EQ(layers(import(model)), "Linear(6, 3)");
  }
}

TEST(ImportMatMul, WithAResultThatIsReadTwiceKeepsItsSum) {
  RawModel model;
  model.input({2, 6}).output(2).weight("w", {6, 3}).weight("b", {3});
  model.node("MatMul", {"x", "w"}, "m");
  model.node("Add", {"m", "b"}, "s");
  model.node("Add", {"m", "s"}, "y");
  EXPECT_EQ(layers(import(model)), "Linear(6, 3, bias=False) Linear(3, 3) Add()");
}

TEST(ImportMatMul, OnRowsOfASequence) {
  RawModel model;
  model.input({2, 7, 6}).output(3).weight("w", {6, 3}).weight("b", {3});
  model.node("MatMul", {"x", "w"}, "m");
  model.node("Add", {"m", "b"}, "y");
  EXPECT_EQ(layers(import(model)), "Linear(6, 3)");
}

TEST(ImportMatMul, OfTwoComputedValuesIsRefusedByName) {
  RawModel model;
  model.input({1, 4, 4}).output(3);
  model.node("Relu", {"x"}, "r");
  model.node("MatMul", {"r", "x"}, "y");
  EXPECT_EQ(refusal(model).find("node MatMul_1 (MatMul): multiplies two values"), 0u)
      << refusal(model);
}

TEST(ImportFlatten, OfASequenceHandsTheInputOverFlat) {
  RawModel model(13);
  model.input({1, 16, 6}).output(2).weight("w", {4, 96}).weight("b", {4});
  set(model.node("Flatten", {"x"}, "f"), "axis", 1);
  set(model.node("Gemm", {"f", "w", "b"}, "y"), "transB", 1);
  const onnx::Imported imported = import(model);
  EXPECT_EQ(layers(imported), "Linear(96, 4)");
  EXPECT_EQ(imported.sample, (Shape{96}));
  EXPECT_EQ(imported.file_sample, (Shape{16, 6}));
  const Tensor both = onnx::arrange_inputs(imported, Tensor::ones({5, 16, 6}));
  EXPECT_EQ(both.shape(), (Shape{5, 96}));
}

TEST(ImportReshape, ByShapeArithmeticOnAnOpenBatch) {
  RawModel model;
  model.input({-1, 3, 4, 5}).output(2).weight("w", {60, 2}).constant("zero", {}, Sizes{0});
  model.constant("axes", {1}, Sizes{0}).constant("rest", {1}, Sizes{-1});
  model.node("Relu", {"x"}, "r");
  model.node("Shape", {"r"}, "s");
  model.node("Gather", {"s", "zero"}, "n");
  model.node("Unsqueeze", {"n", "axes"}, "n1");
  model.node("Concat", {"n1", "rest"}, "to");
  set(*model.graph().mutable_node(4), "axis", 0);
  model.node("Reshape", {"r", "to"}, "f");
  model.node("MatMul", {"f", "w"}, "y");
  for (const std::int64_t batch : {1, 3}) {
    const onnx::Imported imported = import(model, {{"size_0", batch}});
    EXPECT_EQ(layers(imported), "ReLU() Flatten() Linear(60, 2, bias=False)");
  }
}

// An image whose channels were put last before it became features: the weight's columns move.
TEST(ImportTranspose, BeforeFeaturesMovesTheColumnsOfTheWeight) {
  RawModel model(13);
  model.input({2, 3, 4, 5}).output(2).weight("w", {60, 7});
  model.constant("to", {2}, Sizes{-1, 60});
  set(model.node("Transpose", {"x"}, "t"), "perm", Sizes{0, 2, 3, 1});
  model.node("Relu", {"t"}, "r");
  model.node("Reshape", {"r", "to"}, "f");
  model.node("MatMul", {"f", "w"}, "y");
  EXPECT_EQ(layers(import(model)), "ReLU() Flatten() Linear(60, 7, bias=False)");
}

TEST(ImportReshape, ThatMixesTheBatchIsRefused) {
  RawModel model;
  model.input({2, 3, 4}).output(2).constant("to", {2}, Sizes{6, 4});
  model.node("Relu", {"x"}, "r");
  model.node("Reshape", {"r", "to"}, "y");
  EXPECT_EQ(refusal(model).find("node Reshape_1 (Reshape): makes [6, 4] of [2, 3, 4]"), 0u)
      << refusal(model);
}

TEST(ImportSizes, AreAskedForByName) {
  RawModel model;
  model.input({-1, 1, -1, 6}).output(4);
  model.node("Relu", {"x"}, "y");
  EXPECT_NE(refusal(model).find("size size_2 is open; give it a value, as in --size size_2=224"),
            std::string::npos)
      << refusal(model);
  EXPECT_EQ(import(model, {{"size_2", 9}}).sample, (Shape{1, 9, 6}));
  EXPECT_EQ(import(model, {{"x.2", 9}, {"size_0", 2}}).sample, (Shape{1, 9, 6}));
  EXPECT_NE(refusal(model, {{"size_2", 9}, {"height", 3}}).find("named height"), std::string::npos);
}

TEST(ImportPassing, IdentityDropoutAndCast) {
  for (const std::int64_t opset : {9, 12, 17}) {
    RawModel model(opset);
    model.input({2, 5}).output(2).constant("ratio", {}, Floats{0.5f});
    model.node("Identity", {"x"}, "a");
    if (opset < 12) {
      set(model.node("Dropout", {"a"}, "b"), "ratio", 0.25f);
    } else {
      model.node("Dropout", {"a", "ratio"}, "b");
    }
    set(model.node("Cast", {"b"}, "c"), "to", 1);
    model.node("Relu", {"c"}, "y");
    EXPECT_EQ(layers(import(model)), "ReLU()");
  }
}

TEST(ImportOutputs, OneOfSeveralMustBeChosen) {
  RawModel model;
  model.input({2, 5}).output(2).output(2, "z");
  model.node("Relu", {"x"}, "y");
  model.node("Tanh", {"x"}, "z");
  EXPECT_NE(refusal(model).find("has the outputs y, z"), std::string::npos) << refusal(model);
  onnx::ImportOptions options;
  options.output = "z";
  options.runtime = onnxruntime();
  EXPECT_EQ(layers(onnx::import_onnx_bytes(model.bytes(), "", options)), "Tanh()");
}

TEST(ImportUnknown, OperatorIsNamedWithItsNodeAndWhatWouldBeNeeded) {
  RawModel model;
  model.input({2, 5}).output(2);
  model.node("Mish", {"x"}, "y");
  const std::string text = refusal(model);
  EXPECT_EQ(text.find("node Mish_0 (Mish): no layer computes this. It would need a layer"), 0u)
      << text;
}

}  // namespace
}  // namespace tinytorch::import_tests
