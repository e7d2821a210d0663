// A network from float to an ONNX file that the real runtime loads: the codes are the same.
#include "tinytorch/onnx/export_onnx.h"

#include <gtest/gtest.h>

#include "peers/onnxruntime_session.h"
#include "tests/parity/draws.h"
#include "tests/support/expect_error.h"
#include "tests/support/small_networks.h"
#include "tests/support/temporary_file.h"
#include "tinytorch/quantization/qat/roads.h"

namespace tinytorch::parity {
namespace {

using testing_support::TemporaryFile;

TEST(ExportOnnx, WritesWhatTheRuntimeAnswersLikeTheNetwork) {
  Rng rng(701);
  const auto model = small::cnn(rng);
  const auto network = quantization::ptq(*model, small::batch({2, 8, 8}, 64, rng),
                                         {.weight_bits = largest_safe_weight() == 127 ? 8 : 7});
  const TemporaryFile file("network.onnx");
  onnx::export_onnx(network, file.path(), {.provenance = {{"method", "ptq"}}});
  const std::string bytes = file.read();
  EXPECT_NE(bytes.find("method"), std::string::npos);
  const Tensor x = small::batch({2, 8, 8}, 20, rng);
  std::vector<float> theirs(20 * 5);
  peers::OnnxRuntimeSession session(bytes, peers::Optimization::kAll);
  session.bind_input("x", std::as_const(x).data(), {20, 2, 8, 8});
  session.bind_output("y", std::span(theirs), {20, 5});
  session.run();
  const Tensor ours = network.forward(x);
  EXPECT_EQ(Floats(ours.data().begin(), ours.data().end()), theirs);
  EXPECT_ERROR(onnx::export_onnx(network, "/nowhere/at/all.onnx"), "/nowhere/at/all.onnx");
}

}  // namespace
}  // namespace tinytorch::parity
