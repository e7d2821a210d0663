#include "tinytorch/pipeline/verify/provider.h"

#include "peers/onnxruntime_web.h"
#include "tinytorch/core/error.h"

namespace tinytorch::pipeline {
namespace {

class Cpu : public Provider {
 public:
  std::string name() const override {
    return concat("onnxruntime ", peers::onnxruntime_version(), ", cpu");
  }
  Tensor run(std::string_view model, peers::Optimization level, const Tensor& x,
             const Shape& shape) const override {
    Tensor y{shape};
    run_on(model, level, x.data(), x.shape(), y.data(), shape);
    return y;
  }
  std::vector<std::uint8_t> run_codes(std::string_view model, peers::Optimization level,
                                      std::span<const std::uint8_t> x, const Shape& x_shape,
                                      const Shape& shape) const override {
    std::vector<std::uint8_t> y(static_cast<std::size_t>(shape.numel()));
    run_on(model, level, x, x_shape, std::span(y), shape);
    return y;
  }

 private:
  template <typename T>
  static void run_on(std::string_view model, peers::Optimization level, std::span<const T> x,
                     const Shape& x_shape, std::span<T> y, const Shape& shape) {
    peers::OnnxRuntimeSession session(model, level);
    session.bind_input("x", x, x_shape.sizes());
    session.bind_output("y", y, shape.sizes());
    session.run();
  }
};

class Web : public Provider {
 public:
  std::string name() const override {
    return concat("onnxruntime-web ", peers::onnxruntime_web_version(), ", wasm");
  }
  Tensor run(std::string_view model, peers::Optimization level, const Tensor& x,
             const Shape& shape) const override {
    return Tensor(shape, peers::run_in_web<float, float>(model, level, "x", x.data(),
                                                         x.shape().sizes(), "y", shape.sizes()));
  }
  std::vector<std::uint8_t> run_codes(std::string_view model, peers::Optimization level,
                                      std::span<const std::uint8_t> x, const Shape& x_shape,
                                      const Shape& shape) const override {
    return peers::run_in_web<std::uint8_t, std::uint8_t>(model, level, "x", x, x_shape.sizes(), "y",
                                                         shape.sizes());
  }
};

}  // namespace

std::unique_ptr<Provider> cpu_provider() { return std::make_unique<Cpu>(); }
std::unique_ptr<Provider> web_provider() { return std::make_unique<Web>(); }

}  // namespace tinytorch::pipeline
