#include "tests/onnx_import/real_inputs.h"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "peers/float_run.h"
#include "tinytorch/core/error.h"
#include "tinytorch/core/rng.h"
#include "tinytorch/data/file.h"

namespace tinytorch::import_tests {
namespace {

constexpr std::int64_t kFrames = 76, kBands = 32, kEmbedding = 96, kStep = 8;

// 16 kHz, at the size of 16-bit samples, as the front end wants them.
std::vector<float> sounds() {
  constexpr std::size_t kSeconds = 30, kRate = 16000;
  constexpr double kPi = 3.14159265358979323846;
  std::vector<float> samples(kSeconds * kRate);
  Rng rng(16);
  double phase = 0.0, pitch = 120.0, glide = 0.0, loudness = 0.0, hiss = 0.0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (i % (kRate / 5) == 0) {  // five sounds a second
      pitch = rng.uniform(80.0f, 400.0f);
      glide = rng.uniform(-0.004f, 0.004f);
      loudness = rng.below(4) == 0 ? 0.0 : rng.uniform(500.0f, 6000.0f);
      hiss = rng.below(3) == 0 ? rng.uniform(100.0f, 3000.0f) : 20.0;
    }
    pitch += glide;
    phase += 2.0 * kPi * pitch / static_cast<double>(kRate);
    double value = 0.0;
    for (int harmonic = 1; harmonic <= 12; ++harmonic) {
      value += std::sin(phase * harmonic) / harmonic;
    }
    samples[i] = static_cast<float>(loudness * value) + rng.normal(0.0f, static_cast<float>(hiss));
  }
  return samples;
}

std::string bytes_of(const std::string& name) { return data::read_file(npm_file(name)); }

}  // namespace

std::string npm_file(const std::string& name) {
  const std::filesystem::path path = std::filesystem::path(PROJECT_FOLDER) / "build/npm" / name;
  if (std::filesystem::exists(path)) return path.string();
  throw Error(concat(path.string(), " is missing; it comes with bin/install-packages check"));
}

Tensor spectrogram_windows() {
  const std::vector<float> samples = sounds();
  const auto length = static_cast<std::int64_t>(samples.size());
  const std::int64_t frames = (length - 512) / 160 + 1;
  const std::vector<float> bands =
      peers::run_float(bytes_of(kWakeWords + "melspectrogram.onnx"), "input", samples, {1, length},
                       "output", {1, 1, frames, kBands});
  const std::int64_t count = (frames - kFrames) / kStep + 1;
  Tensor windows({count, kFrames, kBands, 1});
  const auto to = windows.data();
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(to.size()); ++i) {
    const std::int64_t window = i / (kFrames * kBands);
    const auto from = static_cast<std::size_t>(window * kStep * kBands + i % (kFrames * kBands));
    to[static_cast<std::size_t>(i)] = bands[from] / 10.0f + 2.0f;
  }
  return windows;
}

Tensor wake_word_features(std::int64_t frames) {
  const Tensor windows = spectrogram_windows();
  const std::int64_t count = windows.size(0);
  const std::vector<float> embeddings =
      peers::run_float(bytes_of(kWakeWords + "embedding_model.onnx"), "input_1", windows.data(),
                       windows.shape().sizes(), "conv2d_19", {count, 1, 1, kEmbedding});
  const std::int64_t rows = count - frames + 1;
  Tensor features({rows, frames, kEmbedding});
  const auto to = features.data();
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(to.size()); ++i) {
    const std::int64_t row = i / (frames * kEmbedding);
    to[static_cast<std::size_t>(i)] =
        embeddings[static_cast<std::size_t>(row * kEmbedding + i % (frames * kEmbedding))];
  }
  return features;
}

Tensor photo_strips(std::int64_t height, std::int64_t width, std::int64_t count) {
  Tensor strips({count, 3, height, width});
  const auto to = strips.data();
  Rng rng(48);
  const std::vector<std::string> names = {"camera", "chelsea", "coffee", "rocket", "brick"};
  for (std::int64_t n = 0; n < count; ++n) {
    const std::string bytes = data::read_data_file(data::find_data_file(
        "photos/" + names[static_cast<std::size_t>(n) % names.size()] + ".pgm.gz"));
    std::istringstream header(bytes);
    std::string magic;
    std::int64_t columns = 0, rows = 0, most = 0;
    header >> magic >> columns >> rows >> most;
    const std::size_t pixels = bytes.size() - static_cast<std::size_t>(columns * rows);
    const auto top =
        static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(rows - height)));
    const auto left =
        static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(columns - width)));
    for (std::int64_t i = 0; i < height * width; ++i) {
      const std::int64_t place = n % 2 == 0 ? i : height * width - 1 - i;  // or upside down
      const std::int64_t at = (top + place / width) * columns + left + place % width;
      const auto pixel = static_cast<std::uint8_t>(bytes[pixels + static_cast<std::size_t>(at)]);
      for (std::int64_t c = 0; c < 3; ++c) {
        to[static_cast<std::size_t>((n * 3 + c) * height * width + i)] =
            static_cast<float>(pixel) / 127.5f - 1.0f;
      }
    }
  }
  return strips;
}

}  // namespace tinytorch::import_tests
