// What the builder writes, as ONNX's checker and ONNX Runtime read it.
#include "tinytorch/onnx/model_builder.h"

#include <gtest/gtest.h>

#include <fstream>
#include <limits>
#include <map>

#include "peers/onnxruntime_session.h"
#include "tests/parity/one_node.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_file.h"

namespace tinytorch::onnx {
namespace {

using parity::OneNode;

ModelBuilder adder() {
  ModelBuilder model("adder");
  model.add_input("x", ElementType::kFloat, {"batch", std::int64_t{3}});
  const std::vector<float> bias{1.0f, 2.0f, 3.0f};
  model.add_initializer("bias", {3}, std::span<const float>(bias));
  model.add_node("Add", {"x", "bias"}, {"y"});
  model.add_output("y", ElementType::kFloat, {"batch", std::int64_t{3}});
  return model;
}

TEST(ModelBuilder, GivesTheSameBytesForTheSameCalls) {
  const std::string bytes = adder().to_bytes();
  EXPECT_FALSE(bytes.empty());
  EXPECT_EQ(adder().to_bytes(), bytes);
}

TEST(ModelBuilder, KeepsMetadataOnceAKey) {
  ModelBuilder model = adder();
  model.set_metadata("recipe", "first");
  model.set_metadata("recipe", "second");
  model.set_metadata("scheme", "qat");
  const std::string bytes = model.to_bytes();
  EXPECT_NE(bytes.find("second"), std::string::npos);
  EXPECT_NE(bytes.find("scheme"), std::string::npos);
  EXPECT_EQ(bytes.find("first"), std::string::npos);
}

TEST(ModelBuilder, SavesWhatToBytesGives) {
  const testing_support::TemporaryFile path("adder.onnx");
  adder().save(path.path());
  std::ifstream file(path.path(), std::ios::binary);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), adder().to_bytes());
  EXPECT_ERROR(adder().save("/no/such/folder/model.onnx"), "/no/such/folder/model.onnx");
}

template <typename T>
void expect_constant_arrives() {
  const std::vector<T> values{std::numeric_limits<T>::lowest(), T{0}, T{1},
                              std::numeric_limits<T>::max()};
  const std::vector<std::int64_t> shape{2, 2};
  std::vector<T> y;
  OneNode("Identity").constant("c", values, shape).output("y", y, shape).run();
  EXPECT_EQ(y, values);
}

TEST(ModelBuilder, ConstantsOfEveryTypeArriveUnchanged) {
  expect_constant_arrives<float>();
  expect_constant_arrives<std::uint8_t>();
  expect_constant_arrives<std::int8_t>();
  expect_constant_arrives<std::int32_t>();
  expect_constant_arrives<std::int64_t>();
}

TEST(ModelBuilder, AttributesOfEveryTypeArrive) {
  const std::vector<float> x{-2.0f, 1.0f, 4.0f, 3.0f};
  std::vector<float> y;
  const Attribute alpha{"alpha", 0.25f};
  OneNode("LeakyRelu", {alpha}).input("x", x, {4}).output("y", y, {4}).run();
  EXPECT_EQ(y, (std::vector<float>{-0.5f, 1.0f, 4.0f, 3.0f}));
  const Attribute axis{"axis", std::int64_t{0}};
  std::vector<std::int64_t> index;
  OneNode("ArgMax", {axis}).input("x", x, {4}).output("y", index, {1}).run();
  EXPECT_EQ(index, std::vector<std::int64_t>{2});
  const Attribute turn{"perm", std::vector<std::int64_t>{1, 0}};
  OneNode("Transpose", {turn}).input("x", x, {2, 2}).output("y", y, {2, 2}).run();
  EXPECT_EQ(y, (std::vector<float>{-2.0f, 4.0f, 1.0f, 3.0f}));
  const Attribute values{"value_floats", std::vector<float>{7.0f, 8.0f}};
  OneNode("Constant", {values}).output("y", y, {2}).run();
  EXPECT_EQ(y, (std::vector<float>{7.0f, 8.0f}));
  const Attribute round{"auto_pad", std::string("SAME_UPPER")};
  const Attribute kernel{"kernel_shape", std::vector<std::int64_t>{3}};
  OneNode("MaxPool", {round, kernel}).input("x", x, {1, 1, 4}).output("y", y, {1, 1, 4}).run();
  EXPECT_EQ(y, (std::vector<float>{1.0f, 4.0f, 4.0f, 4.0f}));
}

TEST(ModelBuilder, RefusesAConstantOfAnotherSize) {
  ModelBuilder model("m");
  const std::vector<float> values(5);
  EXPECT_ERROR(model.add_initializer("w", {2, 3}, std::span<const float>(values)),
               "w has 5 values, its shape holds 6");
}

TEST(ModelBuilder, PassesTheCheckersWordsOn) {
  ModelBuilder unknown("m");
  unknown.add_node("Ad", {"x"}, {"y"});
  unknown.add_input("x", ElementType::kFloat, {std::int64_t{1}});
  unknown.add_output("y", ElementType::kFloat, {std::int64_t{1}});
  EXPECT_ERROR((void)unknown.to_bytes(), "No Op registered for Ad");

  ModelBuilder nobody("m");
  nobody.add_node("Neg", {"x"}, {"y"});
  nobody.add_output("y", ElementType::kFloat, {std::int64_t{1}});
  EXPECT_ERROR((void)nobody.to_bytes(), "Nodes in a graph must be topologically sorted");
}

TEST(ModelBuilder, PassesTheWordsOfShapeInferenceOn) {
  ModelBuilder model("m");
  model.add_input("x", ElementType::kFloat, {std::int64_t{2}, std::int64_t{3}});
  model.add_node("Neg", {"x"}, {"y"});
  model.add_output("y", ElementType::kFloat, {std::int64_t{2}, std::int64_t{4}});
  EXPECT_ERROR((void)model.to_bytes(), "m is not a valid ONNX model");

  ModelBuilder types("m");
  types.add_input("x", ElementType::kFloat, {std::int64_t{2}});
  types.add_node("Neg", {"x"}, {"y"});
  types.add_output("y", ElementType::kInt8, {std::int64_t{2}});
  EXPECT_ERROR((void)types.to_bytes(), "Inferred elem type differs");

  ModelBuilder inner("m");
  inner.add_input("x", ElementType::kFloat, {std::int64_t{2}, std::int64_t{3}});
  inner.add_node("MatMul", {"x", "x"}, {"y"});
  inner.add_output("y", ElementType::kFloat, {std::int64_t{2}, std::int64_t{3}});
  EXPECT_ERROR((void)inner.to_bytes(), "Incompatible dimensions");
}

TEST(ModelBuilder, RefusesOperatorsThatAreNotDefinedForTheirTypes) {
  ModelBuilder model("m");
  model.add_input("x", ElementType::kUint8, {"batch", std::int64_t{3}, std::int64_t{4}});
  model.add_node("GlobalMaxPool", {"x"}, {"y"});
  model.add_output("y", ElementType::kUint8, {"batch", std::int64_t{3}, std::int64_t{1}});
  EXPECT_ERROR((void)model.to_bytes(),
               "node name: y): X typestr: T, has unsupported type: tensor(uint8)");

  ModelBuilder mixed("m");
  mixed.add_input("x", ElementType::kUint8, {std::int64_t{3}});
  mixed.add_scalar("least", std::int8_t{1});
  mixed.add_node("Clip", {"x", "least"}, {"y"});
  mixed.add_output("y", ElementType::kUint8, {std::int64_t{3}});
  EXPECT_ERROR((void)mixed.to_bytes(), "min has inconsistent type tensor(int8)");
}

TEST(ModelBuilder, RefusesNamesThatAreNoIdentifiers) {
  EXPECT_ERROR(ModelBuilder("quantized network"), "identifier() makes one: quantized_x20_network");
  EXPECT_ERROR(ModelBuilder(""), "is not a C identifier");
  ModelBuilder model("m");
  const std::vector<float> values(1);
  EXPECT_ERROR(model.add_input("3.x", ElementType::kFloat, {}), "_x33__x2e_x");
  EXPECT_ERROR(model.add_input("x", ElementType::kFloat, {"a b"}), "a_x20_b");
  EXPECT_ERROR(model.add_output("y-1", ElementType::kFloat, {}), "y_x2d_1");
  EXPECT_ERROR(model.add_initializer("w/0", {1}, std::span<const float>(values)), "w_x2f_0");
  EXPECT_ERROR(model.add_node("Neg", {"x"}, {"1"}), "_x31_");
}

TEST(Identifier, KeepsIdentifiersAndMakesOneOfAnyText) {
  for (const char* name : {"x", "node0_codes", "_", "__", "layer_3", "A_b_1"}) {
    EXPECT_EQ(identifier(name), name);
  }
  EXPECT_EQ(identifier("3.body.0"), "_x33__x2e_body_x2e_0");
  EXPECT_EQ(identifier("é"), "_xc3__xa9_");
  EXPECT_EQ(identifier("_double"), "_double");
  EXPECT_EQ(identifier("do_while"), "do_while");
}

// A keyword of C is spelled like an identifier, and is none.
TEST(Identifier, IsNoKeyword) {
  for (const char* keyword : {"float", "double", "int", "if", "while", "default", "register"}) {
    EXPECT_FALSE(is_identifier(keyword)) << keyword;
    const std::string name = identifier(keyword);
    EXPECT_NE(name, keyword);
    EXPECT_TRUE(is_identifier(name)) << name;
    EXPECT_EQ(original_text(name), keyword);
  }
  EXPECT_EQ(identifier("int"), "_x69_nt");
  EXPECT_ERROR(ModelBuilder("float"), "identifier() makes one: _x66_loat");
}

TEST(Identifier, GivesNoNameTwice) {
  const std::string letters = "a_x0.2e-";
  std::map<std::string, std::string> texts;
  std::vector<std::string> all{""};
  for (std::size_t length = 0, begin = 0; length < 5; ++length) {
    const std::size_t end = all.size();
    for (; begin < end; ++begin) {
      for (const char c : letters) all.push_back(all[begin] + c);
    }
  }
  for (const std::string& text : all) {
    const std::string name = identifier(text);
    EXPECT_TRUE(is_identifier(name)) << text;
    EXPECT_EQ(original_text(name), text);
    const auto [other, fresh] = texts.emplace(name, text);
    EXPECT_TRUE(fresh) << text << " and " << other->second << " are both " << name;
  }
}

}  // namespace
}  // namespace tinytorch::onnx
