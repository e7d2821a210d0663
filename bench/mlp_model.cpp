#include "bench/mlp_model.h"

#include "tinytorch/nn/activation.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/onnx/model_builder.h"
#include "tinytorch/quantization/qat/qat.h"

namespace bench {

using namespace tinytorch;  // NOLINT: a program, not a header

Mlp make_mlp() {
  Rng rng(3);
  auto network = std::make_shared<nn::Sequential>();
  network->append(std::make_shared<nn::Linear>(784, 512, rng));
  network->append(std::make_shared<nn::ReLU>());
  network->append(std::make_shared<nn::Linear>(512, 512, rng));
  network->append(std::make_shared<nn::ReLU>());
  network->append(std::make_shared<nn::Linear>(512, 10, rng));
  const auto prepared = quantization::prepare_qat(*network, {});
  prepared->forward(Tensor::randn({256, 784}, rng));
  return {network, quantization::convert(*prepared)};
}

std::string float_model(const nn::Sequential& network) {
  onnx::ModelBuilder model("float_network");
  std::string from = "x";
  std::int64_t features = 0;
  int index = 0;
  for (const auto& layer : network.layers()) {
    const std::string name = "layer" + std::to_string(index++);
    if (const auto linear = std::dynamic_pointer_cast<nn::Linear>(layer)) {
      if (features == 0) {
        model.add_input("x", onnx::ElementType::kFloat, {"batch", linear->in_features()});
      }
      features = linear->out_features();
      model.add_initializer(name + "_weight", {features, linear->in_features()},
                            linear->weight().data());
      model.add_initializer(name + "_bias", {features}, linear->bias().data());
      model.add_node("Gemm", {from, name + "_weight", name + "_bias"}, {name},
                     {{"transB", std::int64_t{1}}});
    } else {
      model.add_node("Relu", {from}, {name});
    }
    from = name;
  }
  model.add_node("Identity", {from}, {"y"});
  model.add_output("y", onnx::ElementType::kFloat, {"batch", features});
  return model.to_bytes();
}

}  // namespace bench
