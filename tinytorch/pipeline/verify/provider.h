#pragma once
// Another implementation that runs our files.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "peers/onnxruntime_session.h"
#include "tinytorch/core/tensor.h"

namespace tinytorch::pipeline {

class Provider {
 public:
  virtual ~Provider() = default;

  // "onnxruntime 1.30.0, cpu". Throws Error with what to install where it is absent.
  virtual std::string name() const = 0;
  // Models with one input "x" and one output "y": floats, and codes as uint8. `shape` is y's.
  // Throws Error with the runtime's words.
  virtual Tensor run(std::string_view model, peers::Optimization level, const Tensor& x,
                     const Shape& shape) const = 0;
  virtual std::vector<std::uint8_t> run_codes(std::string_view model, peers::Optimization level,
                                              std::span<const std::uint8_t> x, const Shape& x_shape,
                                              const Shape& shape) const = 0;
};

// ONNX Runtime in this process, and its WebAssembly build under Node. Making one never fails.
std::unique_ptr<Provider> cpu_provider();
std::unique_ptr<Provider> web_provider();

}  // namespace tinytorch::pipeline
