// The session itself: every function of the C interface that it declares is called here.
#include "peers/onnxruntime_session.h"

#include <gtest/gtest.h>

#include <fstream>
#include <numeric>
#include <sstream>

#include "tests/parity/one_node.h"
#include "tests/support/expect_error.h"

namespace tinytorch::parity {
namespace {

TEST(OnnxRuntime, IsTheVersionThatThePackageListAsksFor) {
  EXPECT_EQ(peers::onnxruntime_version(), ONNXRUNTIME_VERSION);
}

template <typename T>
void expect_identity() {
  std::vector<T> x(6);
  std::iota(x.begin(), x.end(), T{1});
  std::vector<T> y;
  OneNode("Identity").input("x", x, {2, 3}).output("y", y, {2, 3}).run();
  EXPECT_EQ(y, x);
}

TEST(OnnxRuntime, ReadsAndWritesEveryElementType) {
  expect_identity<float>();
  expect_identity<std::uint8_t>();
  expect_identity<std::int8_t>();
  expect_identity<std::int32_t>();
  expect_identity<std::int64_t>();
}

std::string doubling_model() {
  onnx::ModelBuilder model("doubling");
  model.add_input("x", onnx::ElementType::kFloat, {"rows", std::int64_t{2}});
  model.add_node("Add", {"x", "x"}, {"y"});
  model.add_output("y", onnx::ElementType::kFloat, {"rows", std::int64_t{2}});
  return model.to_bytes();
}

TEST(OnnxRuntime, WorksInTheCallersMemoryAtEveryLevel) {
  using peers::Optimization;
  for (const auto level :
       {Optimization::kNone, Optimization::kBasic, Optimization::kExtended, Optimization::kAll}) {
    peers::OnnxRuntimeSession session(doubling_model(), level);
    std::vector<float> x{1, 2, 3, 4};
    std::vector<float> y(4);
    session.bind_input("x", std::span<const float>(x), {2, 2});
    session.bind_output("y", std::span<float>(y), {2, 2});
    session.run();
    EXPECT_EQ(y, (std::vector<float>{2, 4, 6, 8}));
    x = {10, 20, 30, 40};  // no new binding: the same memory
    session.run();
    EXPECT_EQ(y, (std::vector<float>{20, 40, 60, 80}));
  }
}

TEST(OnnxRuntime, BindsANameAgainToOtherMemoryAndAnotherBatch) {
  peers::OnnxRuntimeSession session(doubling_model(), peers::Optimization::kAll);
  for (const std::int64_t rows : {1, 3, 2}) {
    const std::vector<float> x(static_cast<std::size_t>(2 * rows), static_cast<float>(rows));
    std::vector<float> y(x.size());
    session.bind_input("x", std::span<const float>(x), {rows, 2});
    session.bind_output("y", std::span<float>(y), {rows, 2});
    session.run();
    EXPECT_EQ(y, std::vector<float>(x.size(), 2.0f * static_cast<float>(rows)));
  }
}

TEST(OnnxRuntime, PassesItsOwnWordsOn) {
  EXPECT_ERROR(peers::OnnxRuntimeSession("no model", peers::Optimization::kAll),
               "ONNX Runtime: loading a model");
  peers::OnnxRuntimeSession session(doubling_model(), peers::Optimization::kAll);
  const std::vector<float> x(6);
  EXPECT_ERROR(session.bind_input("x", std::span<const float>(x), {2, 2}), "6 values");
  std::vector<float> y(6);
  session.bind_input("x", std::span<const float>(x), {2, 3});
  session.bind_output("y", std::span<float>(y), {2, 3});
  EXPECT_ERROR(session.run(), "invalid dimensions");
}

}  // namespace
}  // namespace tinytorch::parity
