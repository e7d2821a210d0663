#pragma once
// ONNX Runtime's WebAssembly build, in a Node of its own: another compilation of the runtime, with
// other kernels, for a second opinion on a model file.
//
// Its package comes from npm (bin/install-packages check); onnxruntime_web.mjs runs a model on
// files.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "peers/onnxruntime_session.h"

namespace peers {

// "1.30.0". Throws tinytorch::Error with the command that installs the package when it is missing,
// or says that there is no Node.
std::string onnxruntime_web_version();

// One run of a model with one input and one output. In and Out are float, uint8_t, int8_t, int32_t
// or int64_t. Throws tinytorch::Error as above, on values that are not what the shape holds, and
// with the runtime's words.
template <typename In, typename Out>
std::vector<Out> run_in_web(std::string_view model, Optimization level, const std::string& input,
                            std::span<const In> values, const std::vector<std::int64_t>& shape,
                            const std::string& output,
                            const std::vector<std::int64_t>& output_shape);

}  // namespace peers
