#include "tinytorch/kernels/rows.h"

#include <algorithm>
#include <array>
#include <cassert>

#include "tinytorch/kernels/activation.h"
#include "tinytorch/kernels/fusions.h"
#include "tinytorch/kernels/gemm/long_sum.h"
#include "tinytorch/kernels/softmax.h"

namespace tinytorch::kernels {
namespace {

// The fused pass adds up a row in kLanes float totals; the activations module's kernel does it in
// double.
constexpr std::int64_t kLongestFusedRow = 8 * kLongestChain;

}  // namespace

void softmax_in_passes(std::span<const float> x, std::int64_t columns, float scale, bool causal,
                       std::span<float> out) {
  const auto width = static_cast<std::size_t>(columns);
  if (scale != 1.0f) {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = scale * x[i];
    x = out;
  }
  if (!causal) {
    const auto rows = static_cast<std::int64_t>(x.size()) / columns;
    return softmax(x, {.outer = rows, .size = columns, .inner = 1}, out);
  }
  for (std::size_t row = 0; row < out.size() / width; ++row) {
    const std::size_t seen = row % width + 1;
    const std::span<float> line = out.subspan(row * width, width);
    softmax(x.subspan(row * width, seen),
            {.outer = 1, .size = static_cast<std::int64_t>(seen), .inner = 1}, line.first(seen));
    std::fill(line.begin() + static_cast<std::ptrdiff_t>(seen), line.end(), 0.0f);
  }
}

void softmax_rows(std::span<const float> x, std::int64_t columns, float scale, bool causal,
                  std::span<float> out) {
  assert(x.size() == out.size());
  if (x.empty()) return;
  const RowSoftmax fused = columns <= kLongestFusedRow ? fusions().softmax : nullptr;
  if (fused == nullptr) return softmax_in_passes(x, columns, scale, causal, out);
  // Its row r sees r + 1 columns, counted from the first row of a call.
  const auto matrix = static_cast<std::size_t>(columns * columns);
  const std::size_t part = causal ? matrix : x.size();
  for (std::size_t at = 0; at < x.size(); at += part) {
    fused(x.subspan(at, part), columns, scale, causal, out.subspan(at, part));
  }
}

void gelu_tanh_rows(std::span<const float> x, std::span<float> out) {
  assert(x.size() == out.size());
  const BiasGelu fused = fusions().bias_gelu;
  if (fused == nullptr) return gelu_tanh(x, out);
  static constexpr std::array<float, 1024> kNoBias{};
  for (std::size_t at = 0; at < x.size(); at += kNoBias.size()) {
    const std::size_t count = std::min(kNoBias.size(), x.size() - at);
    fused(x.subspan(at, count), std::span(kNoBias).first(count), out.subspan(at, count));
  }
}

}  // namespace tinytorch::kernels
