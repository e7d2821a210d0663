#pragma once
// The libraries our kernels are measured beside, each behind one small class. What was not found at
// configure time is compiled out and left out of the tables.

#include <cstdint>
#include <memory>
#include <span>

namespace bench {

// acc[m, n] (int32) = x[m, k] · weight[n, k]ᵀ with the weight reordered beforehand, oneDNN.
class OneDnnInt8 {
 public:
  OneDnnInt8(std::int64_t m, std::int64_t n, std::int64_t k, bool unsigned_input);
  ~OneDnnInt8();
  OneDnnInt8(OneDnnInt8&&) noexcept;
  void run();
  // Codes to be written before, sums to be read after run().
  std::span<std::int8_t> input();
  std::span<const std::int32_t> sums() const;
  void set_weight(std::span<const std::int8_t> weight);  // [n, k]

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// c[m, n] = a[m, k] · b[k, n] with b reordered beforehand, oneDNN.
class OneDnnFloat {
 public:
  OneDnnFloat(std::int64_t m, std::int64_t n, std::int64_t k);
  ~OneDnnFloat();
  OneDnnFloat(OneDnnFloat&&) noexcept;
  void run();
  std::span<float> input();
  std::span<const float> result() const;
  void set_weight(std::span<const float> b);  // [k, n]

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// A square convolution. Images int8 are channels-last.
struct ConvShape {
  std::int64_t batch, height, width, in, out, kernel, stride, padding, groups;
};

// y[n, i, j, o] (int8) = saturate(rint(scales[o] · (bias[o] + Σ x · weight))), oneDNN. Weights
// [out, in/groups, kernel, kernel], reordered beforehand.
class OneDnnInt8Conv {
 public:
  OneDnnInt8Conv(const ConvShape& shape, std::span<const std::int8_t> weight,
                 std::span<const std::int32_t> bias, std::span<const float> scales);
  ~OneDnnInt8Conv();
  OneDnnInt8Conv(OneDnnInt8Conv&&) noexcept;
  void run();
  std::span<std::int8_t> input();
  std::span<const std::int8_t> output() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The same in float, in whatever layout oneDNN likes best: only its time means anything.
class OneDnnFloatConv {
 public:
  explicit OneDnnFloatConv(const ConvShape& shape);
  ~OneDnnFloatConv();
  OneDnnFloatConv(OneDnnFloatConv&&) noexcept;
  void run();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// c[m, n] = a[m, k] · b[k, n], one thread; neither takes b rearranged.
void openblas_gemm(std::int64_t m, std::int64_t n, std::int64_t k, const float* a, const float* b,
                   float* c);
void eigen_gemm(std::int64_t m, std::int64_t n, std::int64_t k, const float* a, const float* b,
                float* c);

// y[m, n] (int8) = clamp(rint(multipliers[n] · Σ_k x[m, k] · weight[n, k])), XNNPACK, one thread;
// the weight is rearranged by the constructor. x and y are kept by address.
class XnnpackInt8 {
 public:
  XnnpackInt8(std::int64_t m, std::int64_t n, std::int64_t k, std::span<const std::int8_t> weight,
              std::span<const float> multipliers, const std::int8_t* x, std::int8_t* y);
  ~XnnpackInt8();
  XnnpackInt8(XnnpackInt8&&) noexcept;
  void run();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// c[m, n] = a[m, k] · b[k, n], XNNPACK, one thread; b is rearranged by the constructor. a and c
// are kept by address.
class XnnpackFloat {
 public:
  XnnpackFloat(std::int64_t m, std::int64_t n, std::int64_t k, const float* a,
               std::span<const float> b, float* c);
  ~XnnpackFloat();
  XnnpackFloat(XnnpackFloat&&) noexcept;
  void run();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bench
