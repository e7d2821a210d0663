#pragma once
// How a network is quantized: everything there is to choose, in one place. Given.

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "tinytorch/quantization/arithmetic/dialects.h"
#include "tinytorch/quantization/arithmetic/qtypes.h"

namespace tinytorch::quantization {

enum class WeightQuantizer {
  kStraightThrough,  // scales from the largest weights, at every step anew
  kLsq,              // scales are parameters (Esser et al. 2020)
};
// Does a value that the quantizer clipped pass its gradient?
enum class ClipGradient { kBlocked, kPassed };
enum class ObserverKind { kMinMax, kMovingAverage, kPercentile, kHistogram, kEntropy };

inline constexpr std::int64_t kNever = -1;

struct QConfig {
  int weight_bits = 8;  // symmetric
  // Mixed precision: weight bits of single layers, by path, where they are not weight_bits.
  std::map<std::string, int> bits_by_path{};
  // Layers that stay in float, by path: each becomes a float island (float_island.h).
  std::set<std::string> float_layers{};
  int activation_bits = 8;  // per tensor
  // Affine, with a zero-point, or as wide below 0 as above, zero-point 0.
  bool symmetric_activations = false;
  Granularity granularity = Granularity::kPerChannel;  // of weights
  WeightQuantizer weight_quantizer = WeightQuantizer::kStraightThrough;
  ClipGradient clip_gradient = ClipGradient::kBlocked;
  ObserverKind observer = ObserverKind::kMovingAverage;  // of activations
  float observer_momentum = 0.1f;
  Dialect dialect = Dialect::kOrt;  // of training and of deployment
  // Counted in forward passes in training mode during QatPhase::kQuantize. Until
  // quantize_after_step training runs in float while the observers watch.
  std::int64_t quantize_after_step = 0;
  std::int64_t freeze_observers_after_step = kNever;
  std::int64_t freeze_batch_norm_after_step = kNever;
};

// One scale per output channel, taken from the largest weight, in dialect ort, clipped values
// without a gradient: what qat_linear (qat.h) computes.
inline bool is_plain(const QConfig& config) {
  return config.granularity == Granularity::kPerChannel &&
         config.weight_quantizer == WeightQuantizer::kStraightThrough &&
         config.clip_gradient == ClipGradient::kBlocked && config.dialect == Dialect::kOrt;
}

}  // namespace tinytorch::quantization
