// What was imported, written down and built again.
#include "tinytorch/onnx/import/architecture.h"

#include "tests/onnx_import/imported.h"
#include "tinytorch/nn/transfer_weights.h"

namespace tinytorch::import_tests {
namespace {

using tinytorch::onnx::Imported;
using tinytorch::onnx::read_architecture;
using tinytorch::onnx::write_architecture;

// One of every kind that takes settings.
RawModel every_layer() {
  RawModel model(13);
  model.input({1, 11, 9, 3})
      .output(2)
      .weight("w", {4, 3, 3, 2})
      .weight("s", {4})
      .positive("v", {4});
  model.weight("g", {4, 4, 1, 1}).weight("d", {8, 5}).weight("b", {5});
  set(model.node("Transpose", {"x"}, "t"), "perm", Sizes{0, 3, 1, 2});
  set(set(model.node("Conv", {"t", "w"}, "c"), "pads", Sizes{1, 0, 2, 1}), "dilations",
      Sizes{1, 2});
  model.node("BatchNormalization", {"c", "s", "s", "s", "v"}, "n");
  set(model.node("LeakyRelu", {"n"}, "l"), "alpha", 0.3f);
  set(set(model.node("MaxPool", {"l"}, "p"), "kernel_shape", Sizes{2, 1}), "strides", Sizes{2, 1});
  set(set(model.node("AveragePool", {"p"}, "q"), "kernel_shape", Sizes{1, 2}), "pads",
      Sizes{0, 1, 0, 0});
  model.node("GlobalAveragePool", {"q"}, "a");
  model.node("Conv", {"a", "g"}, "h");
  model.node("Sigmoid", {"h"}, "i");
  model.node("Mul", {"i", "q"}, "m");
  set(model.node("Concat", {"m", "q"}, "k"), "axis", 1);
  set(set(model.node("ReduceMean", {"k"}, "r"), "axes", Sizes{2, 3}), "keepdims", 0);
  model.node("Gemm", {"r", "d", "b"}, "e");
  model.node("Softmax", {"e"}, "y");
  return model;
}

TEST(Architecture, BuildsTheSameNetworkAgain) {
  const Imported imported = import(every_layer());
  const std::string text = write_architecture(imported);
  const Imported again = read_architecture(text, "a.json");
  EXPECT_EQ(layers(again), layers(imported));
  EXPECT_EQ(again.order, imported.order);
  EXPECT_EQ(write_architecture(again), text);
  nn::transfer_weights(imported.model->state_dict(), again.model->state_dict());
  Rng rng(3);
  const Tensor x = arrange_inputs(again, Tensor::randn({4, 11, 9, 3}, rng));
  const Tensor expected = (*imported.model)(x), found = (*again.model)(x);
  for (std::size_t i = 0; i < expected.data().size(); ++i) {
    EXPECT_EQ(std::as_const(expected).data()[i], std::as_const(found).data()[i]);
  }
}

TEST(Architecture, ThatIsMalformedIsAnErrorNamingThePlace) {
  const std::string text = write_architecture(import(every_layer()));
  const auto error = [&](const std::string& from, const std::string& to) {
    std::string changed = text;
    const std::size_t at = changed.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    changed.replace(at, from.size(), to);
    try {
      (void)read_architecture(changed, "a.json");
    } catch (const Error& wrong) {
      return std::string(wrong.what());
    }
    return std::string("none");
  };
  EXPECT_EQ(error("tinytorch.graph.1", "tinytorch.graph.9"),
            "a.json: \"format\" is not tinytorch.graph.1");
  EXPECT_EQ(error("\"Conv2d\"", "\"Conv9d\""), "a.json: node Conv_1: no layer is called Conv9d");
  EXPECT_EQ(error("\"slope\"", "\"slop\""), "a.json: node LeakyRelu_3: slope is missing");
  EXPECT_EQ(error("\"slope\"", "\"more\": 1, \"slope\""),
            "a.json: node LeakyRelu_3: the setting more is not known");
  EXPECT_NE(error("\"in\": 3", "\"in\": -3").find("a.json: node Conv_1: in is not an integer"),
            std::string::npos);
  EXPECT_EQ(error("{", "["), "a.json: is not JSON");
  for (std::size_t length = 0; length < text.size() - 2; length += 7) {
    EXPECT_THROW((void)read_architecture(text.substr(0, length), "a.json"), Error);
  }
}

}  // namespace
}  // namespace tinytorch::import_tests
