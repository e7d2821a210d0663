#include "tinytorch/quantization/qat/weight_qat.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <utility>

#include "tinytorch/core/at_place.h"
#include "tinytorch/core/error.h"
#include "tinytorch/quantization/arithmetic/affine.h"
#include "tinytorch/quantization/arithmetic/dialects.h"
#include "tinytorch/quantization/arithmetic/per_channel.h"

namespace tinytorch::quantization {
namespace {

void check(const WeightQatOptions& options) {
  const int bits = options.bits;
  const bool fits = options.clip == WeightClip::kMax ? bits >= 2 && bits <= 8
                                                     : bits == 8 || bits == 6 || bits == 4;
  if (!fits) {
    throw Error(concat("weight_qat: ", bits, " bits; a maximum goes with 2 to 8, the quantile ",
                       "with 8, 6 and 4"));
  }
  if (options.start_step < 0) {
    throw Error(concat("weight_qat: start_step ", options.start_step, "; the first step is 0"));
  }
}

// Grows with every weight, whatever their order: one pass that vectorises.
std::uint32_t checksum(std::span<const float> w) {
  std::uint32_t sum = 0;
  for (const float value : w) sum += std::bit_cast<std::uint32_t>(value);
  return sum;
}

std::int64_t count_differing(std::span<const float> a, std::span<const float> b) {
  std::int32_t count = 0;
  for (std::size_t i = 0; i < a.size(); ++i) count += a[i] != b[i] ? 1 : 0;
  return count;
}

// Returns how many weights of the row lie beyond the clip.
std::int32_t mask_row(std::span<const float> w, float clip, std::span<float> grad) {
  std::int32_t count = 0;
  for (std::size_t i = 0; i < w.size(); ++i) {
    const bool passes = std::abs(w[i]) <= clip;
    grad[i] = passes ? grad[i] : 0.0f;
    count += passes ? 0 : 1;
  }
  return count;
}

}  // namespace

GolfTensor stored_rows(std::span<const float> w, std::int64_t rows,
                       const WeightQatOptions& options) {
  if (options.clip != WeightClip::kQuantile) {
    throw Error("stored_rows: the clip is kMax; only kQuantile is stored in dialect golf");
  }
  const GolfOptions golf{options.bits, options.mode};
  return options.clip_of ? golf_quantize_rows_at(w, rows, golf, options.clip_of)
                         : golf_quantize_rows(w, rows, golf);
}

void deployed_weights(std::span<const float> w, std::int64_t rows, const WeightQatOptions& options,
                      std::span<float> deployed) {
  if (options.clip == WeightClip::kQuantile) {
    return golf_restore(stored_rows(w, rows, options), deployed);
  }
  const std::vector<float> scales = channel_scales(w, rows, options.bits);
  std::vector<std::int8_t> codes(w.size());
  quantize_per_channel(w, scales, options.bits, codes);
  dequantize_per_channel(codes, scales, deployed);
}

WeightQat::WeightQat(const nn::Module& module, WeightQatOptions options)
    : options_(std::move(options)) {
  check(options_);
  for (const auto& [name, parameter] : module.named_parameters()) {
    if (parameter.ndim() != 2 || parameter.numel() == 0) continue;
    if (options_.chosen && !options_.chosen(name, parameter)) continue;
    const Tensor& found = parameter;
    const bool shared = std::any_of(matrices_.begin(), matrices_.end(), [&](const Matrix& other) {
      return other.parameter.shares_storage_with(found);
    });
    // Room for the masters is made here, so that the first quantized step costs what others do.
    const auto size = static_cast<std::size_t>(parameter.numel());
    if (!shared) matrices_.push_back({name, parameter, std::vector<float>(size), 0});
  }
  if (matrices_.empty()) {
    throw Error(concat("weight_qat: no 2-D parameter of ", module.describe(), " was chosen"));
  }
}

void WeightQat::train_step(const std::function<void()>& work) {
  apply();
  try {
    work();
  } catch (...) {
    if (active()) put_back(matrices_.size());
    applied_ = false;
    throw;
  }
  restore();
}

void WeightQat::apply() {
  if (applied_) throw Error("weight_qat: applied already; restore() comes after backward()");
  if (active()) {
    changed_ = 0;
    std::size_t done = 0;
    try {
      for (Matrix& matrix : matrices_) {
        const std::span<float> w = matrix.parameter.data();
        std::copy(w.begin(), w.end(), matrix.master.begin());
        at_place(matrix.name,
                 [&] { deployed_weights(matrix.master, matrix.parameter.size(0), options_, w); });
        matrix.written = checksum(w);
        changed_ += count_differing(matrix.master, w);
        ++done;
      }
    } catch (...) {
      put_back(done);
      throw;
    }
    was_on_ = was_on_ || changed_ > 0;
  }
  applied_ = true;
}

void WeightQat::restore() {
  if (!applied_) throw Error("weight_qat: nothing to restore; apply() comes before forward()");
  applied_ = false;
  const bool quantized = active();
  ++steps_;
  if (!quantized) return;
  const Matrix* overwritten = nullptr;
  clipped_ = 0;
  for (Matrix& matrix : matrices_) {
    if (checksum(std::as_const(matrix.parameter).data()) != matrix.written) overwritten = &matrix;
  }
  put_back(matrices_.size());
  for (Matrix& matrix : matrices_) mask_gradient(matrix);
  if (overwritten != nullptr) {
    throw Error(concat("weight_qat: ", overwritten->name,
                       " was written to while it was quantized; ",
                       "the optimizer's turn is after restore()"));
  }
}

void WeightQat::put_back(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const std::vector<float>& master = matrices_[i].master;
    std::copy(master.begin(), master.end(), matrices_[i].parameter.data().begin());
  }
}

void WeightQat::mask_gradient(Matrix& matrix) {
  Tensor grad = matrix.parameter.grad();
  if (options_.clip == WeightClip::kMax || !grad.defined()) return;
  const auto rows = static_cast<std::size_t>(matrix.parameter.size(0));
  const std::size_t columns = matrix.master.size() / rows;
  for (std::size_t r = 0; r < rows; ++r) {
    const auto row = std::span<const float>(matrix.master).subspan(r * columns, columns);
    const float clip = options_.clip_of ? options_.clip_of(row) : golf_clip(row);
    clipped_ += mask_row(row, clip, grad.data().subspan(r * columns, columns));
  }
}

State WeightQat::state() const {
  if (applied_) throw Error("weight_qat: no state while weights are quantized; restore() first");
  State state;
  state.add("steps", steps_);
  state.add("was_on", std::int64_t{was_on_});
  state.add("changed", changed_);
  state.add("clipped", clipped_);
  return state;
}

void WeightQat::load_state(const State& state) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  state.require_names_of(this->state());
  const std::int64_t steps = state.integer("steps", 0, kMost);
  const bool was_on = state.integer("was_on", 0, 1) != 0;
  const std::int64_t changed = state.integer("changed", 0, kMost);
  clipped_ = state.integer("clipped", 0, kMost);
  steps_ = steps;
  was_on_ = was_on;
  changed_ = changed;
}

std::vector<std::string> WeightQat::names() const {
  std::vector<std::string> names;
  for (const Matrix& matrix : matrices_) names.push_back(matrix.name);
  return names;
}

void WeightQat::require_was_on() const {
  if (!was_on_) {
    throw Error(concat("weight_qat: ", steps_, " steps, and quantization never changed a weight; ",
                       "start_step is ", options_.start_step));
  }
}

}  // namespace tinytorch::quantization
