#pragma once
// Softmax and GELU of rows, in the fewest visits to memory that the engine has. Given.
//
// The acceleration module's fused passes (fused.h) do the work once they are written or exported;
// until then, and for rows so long that float totals would drift, it is the activations module's
// kernels, pass after pass. The two agree within the tolerances below, and either alone gives the
// same bits for the same row wherever the row stands.

#include <cstdint>
#include <span>

namespace tinytorch::kernels {

// out[r, j] = e^(scale · (x[r, j] − max)) / Σ_t e^(scale · (x[r, t] − max)), along rows of
// `columns` values. With `causal`, x is square matrices [columns, columns], one after the other;
// row i of each sees columns 0 … i and gets exact zeros beyond: attention's scores, scaling, mask
// and softmax at once. A column of −∞ gets an exact 0; a row with a NaN, or with nothing but −∞, is
// NaN. Within 1e-6 of kernels::softmax. out may be x. Requires whole rows (whole matrices with
// `causal`), out as large as x (asserted) and a finite scale above 0.
void softmax_rows(std::span<const float> x, std::int64_t columns, float scale, bool causal,
                  std::span<float> out);

// softmax_rows where nobody has written the fused one: scale, mask and the activations module's
// softmax.
void softmax_in_passes(std::span<const float> x, std::int64_t columns, float scale, bool causal,
                       std::span<float> out);

// What kernels::gelu_tanh computes, within 1e-6 · max(1, |x|). out may be x.
// The acceleration module's pass is called with a bias of zeros: a linear layer's product starts
// from its bias (gemm.h, accumulate), so that there is none left to add.
void gelu_tanh_rows(std::span<const float> x, std::span<float> out);

}  // namespace tinytorch::kernels
