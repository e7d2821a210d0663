// The whole way of somebody's model: imported, calibrated, in integers, exported, run by real ONNX
// Runtime. Nobody here has its labels; what is measured is agreement with the float model.
#include <cmath>
#include <filesystem>
#include <iostream>

#include "tests/onnx_import/imported.h"
#include "tests/onnx_import/real_inputs.h"
#include "tinytorch/autograd/no_grad.h"
#include "tinytorch/onnx/qdq_model.h"
#include "tinytorch/quantization/qat/roads.h"

namespace tinytorch::import_tests {
namespace {

using tinytorch::onnx::Imported;

struct Agreement {
  double sqnr = 0.0;  // dB
  double cosine = 0.0;
  double top1 = 0.0;  // share of rows whose largest output is the same one
};

Agreement agreement(std::span<const float> ours, std::span<const float> reference,
                    std::size_t rows) {
  double signal = 0.0, noise = 0.0, own = 0.0, both = 0.0;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    signal += double{reference[i]} * reference[i];
    noise += (double{ours[i]} - reference[i]) * (double{ours[i]} - reference[i]);
    own += double{ours[i]} * ours[i];
    both += double{ours[i]} * reference[i];
  }
  const std::size_t width = ours.size() / rows;
  std::size_t same = 0;
  for (std::size_t row = 0; row < rows; ++row) {
    const auto largest = [&](std::span<const float> values) {
      const auto line = values.subspan(row * width, width);
      return std::max_element(line.begin(), line.end()) - line.begin();
    };
    if (largest(ours) == largest(reference)) ++same;
  }
  return {10.0 * std::log10(signal / noise), both / std::sqrt(signal * own),
          static_cast<double>(same) / static_cast<double>(rows)};
}

struct Chain {
  Agreement agreement;      // ONNX Runtime on the exported integers with the float model
  double same_codes = 0.0;  // share of its outputs that are those of our deployed network
};

// The first half of the inputs calibrates, the second one is judged on.
Chain run_chain(const std::string& name, const Imported& imported, const Tensor& file_inputs) {
  const NoGradGuard no_grad;
  const Tensor inputs = arrange_inputs(imported, file_inputs);
  const std::int64_t rows = inputs.size(0), half = rows / 2;
  const Tensor fixture = inputs.rows(half, rows);
  const Tensor expected = (*imported.model)(fixture);
  const auto network = quantization::ptq(*imported.model, inputs.rows(0, half));
  const Tensor ours = network.forward(fixture);
  const std::string bytes =
      tinytorch::onnx::qdq_model(network, tinytorch::onnx::Ends::kFloat).to_bytes();
  const std::vector<float> theirs =
      peers::run_float(bytes, "x", fixture.data(), fixture.shape().sizes(), "y",
                       ours.shape().sizes(), peers::Optimization::kExtended);
  Chain chain;
  chain.agreement =
      agreement(theirs, std::as_const(expected).data(), static_cast<std::size_t>(rows - half));
  std::size_t same = 0;
  for (std::size_t i = 0; i < theirs.size(); ++i) {
    if (theirs[i] == std::as_const(ours).data()[i]) ++same;
  }
  chain.same_codes = static_cast<double>(same) / static_cast<double>(theirs.size());
  std::cout << name << ": SQNR " << chain.agreement.sqnr << " dB, cosine " << chain.agreement.cosine
            << ", top-1 " << chain.agreement.top1 << ", " << chain.same_codes * 100.0
            << " % of ONNX Runtime's outputs are ours bit for bit; "
            << imported.float_islands.size() << " float islands\n";
  return chain;
}

Imported read(const std::string& name, std::map<std::string, std::int64_t> sizes = {}) {
  tinytorch::onnx::ImportOptions options;
  options.sizes = std::move(sizes);
  options.runtime = onnxruntime();
  return tinytorch::onnx::import_onnx(npm_file(name), options);
}

TEST(IntegerChain, OfAKeywordClassifier) {
  const Chain chain =
      run_chain("alexa", read(kWakeWords + "alexa_v0.1.onnx"), wake_word_features(16));
  EXPECT_GT(chain.agreement.sqnr, 25.0);
  EXPECT_GT(chain.agreement.cosine, 0.995);
  EXPECT_EQ(chain.same_codes, 1.0);
}

TEST(IntegerChain, OfAClassifierOfSeven) {
  const Chain chain =
      run_chain("timer", read(kWakeWords + "timer_v0.1.onnx"), wake_word_features(34));
  EXPECT_GT(chain.agreement.cosine, 0.99);
  EXPECT_GT(chain.agreement.top1, 0.95);
}

TEST(IntegerChain, OfAKeywordClassifierWithLayerNorms) {
  const Chain chain =
      run_chain("hey_mycroft", read(kWakeWords + "hey_mycroft_v0.1.onnx"), wake_word_features(16));
  EXPECT_GT(chain.agreement.cosine, 0.98);
}

TEST(IntegerChain, OfAConvolutionalEmbedding) {
  const Chain chain = run_chain("embedding_model", read(kWakeWords + "embedding_model.onnx"),
                                spectrogram_windows());
  EXPECT_GT(chain.agreement.sqnr, 20.0);
  EXPECT_GT(chain.agreement.cosine, 0.99);
}

TEST(IntegerChain, OfAMobileNetV3) {
  const Chain chain =
      run_chain("ch_ppocr_mobile_v2.0_cls",
                read(kOcr + "ch_ppocr_mobile_v2.0_cls_infer.onnx", {{"x.2", 48}, {"x.3", 192}}),
                photo_strips(48, 192, 64));
  EXPECT_GT(chain.agreement.top1, 0.8);
}

}  // namespace
}  // namespace tinytorch::import_tests
