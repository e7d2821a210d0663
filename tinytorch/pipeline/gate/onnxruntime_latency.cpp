#include "tinytorch/pipeline/gate/onnxruntime_latency.h"

#include <utility>

#include "peers/onnxruntime_session.h"

namespace tinytorch::pipeline {

PairedLatency onnxruntime_latency(const std::string& float_model, const std::string& int8_model,
                                  const Tensor& input, const Shape& output,
                                  const PairedOptions& options) {
  peers::OnnxRuntimeSession floats(float_model, peers::Optimization::kAll);
  peers::OnnxRuntimeSession integers(int8_model, peers::Optimization::kAll);
  Tensor float_answer{output};
  Tensor int8_answer{output};
  floats.bind_input("x", input.data(), input.shape().sizes());
  integers.bind_input("x", input.data(), input.shape().sizes());
  floats.bind_output("y", float_answer.data(), output.sizes());
  integers.bind_output("y", int8_answer.data(), output.sizes());
  return measure_paired(
      "onnxruntime", [&] { floats.run(); }, [&] { integers.run(); }, options);
}

}  // namespace tinytorch::pipeline
