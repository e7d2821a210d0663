#pragma once
// Real ONNX Runtime in this process: runs a model on tensors that stay where the caller has them.
//
// Its library comes inside a package of npm's; bin/install-packages puts it below build/npm.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace peers {

// How far the runtime may rewrite the graph. At kNone every node runs as it is written; from
// kExtended on, groups of DequantizeLinear, operator, QuantizeLinear become one integer kernel.
enum class Optimization : int { kNone = 0, kBasic = 1, kExtended = 2, kAll = 99 };

// "1.30.0". Throws tinytorch::Error with the command that installs the library when it is missing.
std::string onnxruntime_version();

class OnnxRuntimeSession {
 public:
  // Loads a model from its bytes, for one thread. Throws tinytorch::Error with the runtime's words,
  // or, when the library is missing, with the command that installs it.
  OnnxRuntimeSession(std::string_view model, Optimization level);
  ~OnnxRuntimeSession();
  OnnxRuntimeSession(OnnxRuntimeSession&&) noexcept;

  // Names the memory that run() reads from or writes to: nothing is copied, so it must outlive the
  // session or the next bind of that name. T is float, uint8_t, int8_t, int32_t or int64_t.
  // Throws tinytorch::Error when `values` does not have the shape's number of elements.
  template <typename T>
  void bind_input(const std::string& name, std::span<const T> values,
                  const std::vector<std::int64_t>& shape);
  template <typename T>
  void bind_output(const std::string& name, std::span<T> values,
                   const std::vector<std::int64_t>& shape);

  // Throws tinytorch::Error with the runtime's words.
  void run();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace peers
