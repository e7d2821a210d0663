#include "tito/model/onnxruntime_latency.h"

#ifdef MODELS_WITH_ONNXRUNTIME
#include <vector>

#include "peers/onnxruntime_session.h"
#endif

namespace tito::model {

tinytorch::pipeline::OtherRuntime onnxruntime_latency() {
#ifdef MODELS_WITH_ONNXRUNTIME
  return [](const std::string& float_model, const std::string& int8_model,
            const tinytorch::Tensor& input, const tinytorch::Shape& output) {
    peers::OnnxRuntimeSession floats(float_model, peers::Optimization::kAll);
    peers::OnnxRuntimeSession integers(int8_model, peers::Optimization::kAll);
    const auto& shape = input.shape().sizes();
    floats.bind_input("x", input.data(), shape);
    integers.bind_input("x", input.data(), shape);
    std::vector<float> answer(static_cast<std::size_t>(output.numel()));
    floats.bind_output("y", std::span<float>(answer), output.sizes());
    integers.bind_output("y", std::span<float>(answer), output.sizes());
    return tinytorch::pipeline::measure_paired(
        "onnxruntime", [&] { floats.run(); }, [&] { integers.run(); });
  };
#else
  return {};
#endif
}

}  // namespace tito::model
