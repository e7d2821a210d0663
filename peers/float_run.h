#pragma once
// A float model of one input and one output, run once by real ONNX Runtime.

#include <string>
#include <string_view>
#include <vector>

#include "peers/onnxruntime_session.h"

namespace peers {

// The values of the output, whose shape must be known. Throws tinytorch::Error as the session does.
inline std::vector<float> run_float(std::string_view model, const std::string& input,
                                    std::span<const float> x,
                                    const std::vector<std::int64_t>& x_shape,
                                    const std::string& output,
                                    const std::vector<std::int64_t>& shape,
                                    Optimization level = Optimization::kNone) {
  std::size_t count = 1;
  for (const std::int64_t size : shape) count *= static_cast<std::size_t>(size);
  std::vector<float> values(count);
  OnnxRuntimeSession session(model, level);
  session.bind_input(input, x, x_shape);
  session.bind_output(output, std::span<float>(values), shape);
  session.run();
  return values;
}

}  // namespace peers
