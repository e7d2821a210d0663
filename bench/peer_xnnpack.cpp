// A fully connected layer with a scale for each output is, in XNNPACK, a convolution with a
// 1 × 1 kernel: rows are the pixels of one image.
#include <xnnpack.h>

#include <cstdio>
#include <cstdlib>
#include <limits>
#include <vector>

#include "bench/peers.h"

namespace bench {
namespace {

void require(xnn_status status, const char* what) {
  if (status == xnn_status_success) return;
  std::fprintf(stderr, "XNNPACK: %s failed with status %d\n", what, static_cast<int>(status));
  std::exit(1);
}

void initialize() {
  static const bool once = [] {
    require(xnn_initialize(nullptr), "xnn_initialize");
    return true;
  }();
  static_cast<void>(once);
}

std::size_t size(std::int64_t count) { return static_cast<std::size_t>(count); }

struct Operator {
  ~Operator() { xnn_delete_operator(handle); }
  void run() const { xnn_run_operator(handle, nullptr); }  // no pool: one thread

  xnn_operator_t handle = nullptr;
};

}  // namespace

struct XnnpackInt8::Impl : Operator {};

XnnpackInt8::XnnpackInt8(std::int64_t m, std::int64_t n, std::int64_t k,
                         std::span<const std::int8_t> weight, std::span<const float> multipliers,
                         const std::int8_t* x, std::int8_t* y)
    : impl_(std::make_unique<Impl>()) {
  initialize();
  const std::vector<std::int32_t> bias(size(n), 0);
  require(
      xnn_create_convolution2d_nhwc_qc8(0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, size(k), size(n), size(k),
                                        size(n), 0, 1.0f, multipliers.data(), weight.data(),
                                        bias.data(), 0, 1.0f, -128, 127, 0, &impl_->handle),
      "creating an int8 layer");
  require(xnn_setup_convolution2d_nhwc_qc8(impl_->handle, 1, size(m), 1, x, y, nullptr),
          "setting up an int8 layer");
}
XnnpackInt8::~XnnpackInt8() = default;
XnnpackInt8::XnnpackInt8(XnnpackInt8&&) noexcept = default;
void XnnpackInt8::run() { impl_->run(); }

struct XnnpackFloat::Impl : Operator {};

XnnpackFloat::XnnpackFloat(std::int64_t m, std::int64_t n, std::int64_t k, const float* a,
                           std::span<const float> b, float* c)
    : impl_(std::make_unique<Impl>()) {
  initialize();
  constexpr auto kUnbounded = std::numeric_limits<float>::infinity();
  require(xnn_create_fully_connected_nc_f32(size(k), size(n), size(k), size(n), b.data(), nullptr,
                                            -kUnbounded, kUnbounded, XNN_FLAG_TRANSPOSE_WEIGHTS,
                                            &impl_->handle),
          "creating a float layer");
  require(xnn_setup_fully_connected_nc_f32(impl_->handle, size(m), a, c, nullptr),
          "setting up a float layer");
}
XnnpackFloat::~XnnpackFloat() = default;
XnnpackFloat::XnnpackFloat(XnnpackFloat&&) noexcept = default;
void XnnpackFloat::run() { impl_->run(); }

}  // namespace bench
