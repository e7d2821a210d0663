#pragma once
// Post-training repair of a whole network, one call. Given; it puts the parts repair and adaround
// together for every layer that prepare_network() takes.

#include <cstdint>
#include <memory>

#include "tinytorch/core/tensor.h"
#include "tinytorch/nn/module.h"
#include "tinytorch/quantization/qat/adaround.h"
#include "tinytorch/quantization/qat/qat_graph.h"

namespace tinytorch::quantization {

struct RepairOptions {
  bool equalize = true;
  bool adaround = true;
  bool correct_bias = true;
  AdaRoundOptions rounding = {};  // its bits are the layer's own, see step 3
  // Most rows of input that AdaRound looks at in one layer: rows of a Linear, windows of a Conv2d
  // over all images. Where there are more, so many are drawn with `seed`, without repetition.
  std::int64_t max_rows = 16384;
  std::uint64_t seed = 0;
};

// A copy of `model` that survives quantization better; the model itself stays as it is. What
// match_model (graph_nodes.h) refuses is refused here too, with its message.
//   1. folded_copy (folded_copy.h says what becomes of paths and keys): batch norm is folded away,
//      every layer keeps its path.
//   2. equalize_network (equalize_network.h says which neighbours): the float function stays, to
//      rounding. Neither a ReLU6 nor a sum or a branch of a Residual is crossed.
//   3. Layer by layer, in the order they run, with `calibration` [n, …] run through the deployed
//      integers of the layers before, whose outputs config.observer watched: AdaRound rounds each
//      weight to code · scale, at weight_bits or what bits_by_path says, per channel or per tensor
//      as config.granularity says. A group of a convolution, so each channel of a depthwise one, is
//      a problem of its own. Then the bias takes up the
//      difference of the mean outputs before the activation, float network against integers; for
//      a convolution the mean is over all pixels of all images. Sums, pools and Flatten have
//      nothing to repair.
// The result goes on to prepare_network with the same config, calibration and convert_network like
// any other network, and convert_network finds exactly the codes that AdaRound chose (except in a
// channel whose scale it must enlarge for its bias, see make_room_for_bias). A layer that cannot be
// improved is left as it is: a row keeps its nearest codes unless others are better (adaround.h).
// The same arguments give the same values. Memory grows with n: all values of the network in
// float, twice.
// Throws Error when the calibration set is empty or not finite, naming the layer's path when it
// does not fit the network or a weight is not finite, when max_rows < 1, and for
// WeightQuantizer::kLsq, which learns its scales: there codes would not stay where they were put.
std::shared_ptr<nn::Module> repaired_network(const nn::Module& model, const Tensor& calibration,
                                             const QConfig& config,
                                             const RepairOptions& options = {});

}  // namespace tinytorch::quantization
