// Part 6 of module 16: learning from a larger network's opinions.
#include "tinytorch/compression/distillation.h"

#include "tinytorch/autograd/ops.h"
#include "tinytorch/losses/cross_entropy.h"

namespace tinytorch::compression {

// TASK 16.9
Tensor distillation_loss(const Tensor& student, const Tensor& teacher,
                         std::span<const std::int64_t> labels, const Distillation& options) {
  require_distillation("distillation_loss", student, teacher, options);
  // ln p and ln q are ops::log_softmax of the logits divided by T; p is ops::exp of ln p. The sum
  // over all elements divided by N is the mean over rows: ops::mean would divide by N · C.
  // teacher.detach() is the same values outside the graph.
  // Try it by hand first: teacher (ln 3, 0), student (0, 0), T 1, soft 1: p = (3/4, 1/4),
  // q = (1/2, 1/2): 0.75 · ln 1.5 + 0.25 · ln 0.5 = 0.1308.
  throw tinytorch::not_implemented("16.9");
}

}  // namespace tinytorch::compression
