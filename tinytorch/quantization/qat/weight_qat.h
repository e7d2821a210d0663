#pragma once
// Weight-only quantization-aware training of any tree of modules: no layer needs a hook. Given.
//
// Each step forward and backward see the weights that would be deployed; the optimizer sees float
// masters, which collect updates too small to change a code. The gradient of a deployed weight is
// taken as its master's where the master was rounded, and as 0 where it was clipped
// (straight-through).
//
//     WeightQat qat(model, {.bits = 6, .start_step = 1000});
//     optimizer.zero_grad();
//     qat.train_step([&] { loss(model(x)).backward(); });
//     optimizer.step();
//
// What forward sees is dequantized from the codes that export stores, by the functions that export
// calls, so that it equals the deployed model bit for bit.

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "tinytorch/nn/module.h"
#include "tinytorch/quantization/arithmetic/dialects.h"
#include "tinytorch/quantization/arithmetic/golf_rows.h"

namespace tinytorch::quantization {

enum class WeightClip {
  kMax,       // dialect ort: channel_scales, quantize_per_channel, dequantize; clips nothing
  kQuantile,  // dialect golf: golf_quantize_rows, golf_restore; clips beyond golf_clip(row)
};

struct WeightQatOptions {
  int bits = 8;  // kMax: 2 to 8; kQuantile: 8, 6 or 4
  WeightClip clip = WeightClip::kQuantile;
  GolfMode mode = GolfMode::kFaithful;  // of kQuantile
  // Of kQuantile: where a row is clipped; empty: golf_clip(row).
  RowClip clip_of = {};
  std::int64_t start_step = 0;  // the first train_step() with quantized weights
  // Which of the module's 2-D parameters; empty: all. Each row has a scale of its own.
  std::function<bool(const std::string& name, const Tensor& parameter)> chosen = {};
};

// What is stored of a matrix of `rows` rows whose clip is kQuantile: its codes and scales. Throws
// Error when the clip is kMax, and as golf_quantize_rows does.
GolfTensor stored_rows(std::span<const float> w, std::int64_t rows,
                       const WeightQatOptions& options);

// What a matrix of `rows` rows is worth once it is stored: quantized and dequantized as `options`
// say. `deployed` may not overlap w. Throws Error as the functions named above do.
void deployed_weights(std::span<const float> w, std::int64_t rows, const WeightQatOptions& options,
                      std::span<float> deployed);

class WeightQat : public Stateful {
 public:
  // Finds the parameters; a matrix shared by two layers counts once. Throws Error on bits that the
  // clip does not support, a negative start_step, and when nothing is chosen.
  WeightQat(const nn::Module& module, WeightQatOptions options);

  // `work` (forward and backward) between apply() and restore(). When it throws, the masters come
  // back first.
  void train_step(const std::function<void()>& work);

  // From start_step on: keeps the masters aside and writes the deployed weights into the
  // parameters. Throws Error, with the masters in place, when applied already, or naming the
  // parameter on a weight that cannot be quantized.
  void apply();
  // Brings the masters back bit for bit, sets the gradients of clipped weights to 0, counts a step.
  // Throws Error, after all that, when a parameter was written to since apply(): such an update,
  // of an optimizer say, is lost.
  void restore();

  // Steps, and whether one was quantized; the masters are the model's parameters. Throws Error
  // between apply() and restore(), when they are not.
  State state() const override;
  void load_state(const State& state) override;

  std::int64_t steps() const { return steps_; }
  bool active() const { return steps_ >= options_.start_step; }  // the step now due is quantized
  std::vector<std::string> names() const;
  // Of the latest quantized step: weights that forward saw with another value than their master's,
  // and weights whose gradient was masked.
  std::int64_t changed() const { return changed_; }
  std::int64_t clipped() const { return clipped_; }
  // Throws Error unless some step was quantized and changed a weight: a run that trained in plain
  // float by mistake must not pass for a quantized one.
  void require_was_on() const;

 private:
  struct Matrix {
    std::string name;
    Tensor parameter;
    std::vector<float> master;
    std::uint32_t written = 0;  // checksum of the deployed weights
  };

  void put_back(std::size_t count);
  void mask_gradient(Matrix& matrix);

  WeightQatOptions options_;
  std::vector<Matrix> matrices_;
  std::int64_t steps_ = 0;
  bool applied_ = false;
  bool was_on_ = false;
  std::int64_t changed_ = 0;
  std::int64_t clipped_ = 0;
};

}  // namespace tinytorch::quantization
