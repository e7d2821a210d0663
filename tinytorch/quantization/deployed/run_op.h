#pragma once
// One node of a deployed network at work. Given; the network runs its nodes with it, and training
// the nodes that have no arithmetic of their own there.

#include <cstdint>
#include <span>

#include "tinytorch/quantization/deployed/quantized_node.h"
#include "tinytorch/quantization/int8/code_joins.h"
#include "tinytorch/quantization/int8/int8_gemm_simd.h"

namespace tinytorch::quantization {

// One value that a node reads: the codes of the whole batch, channels-last.
struct OpInput {
  std::span<const std::int8_t> codes;
  CodeExtent extent;  // of one sample
  std::int32_t zero_point = 0;
};

// What pools, which have neither of their own, share with the network.
struct OpContext {
  std::int64_t batch = 1;
  QRange range;
  Dialect dialect = Dialect::kOrt;
  Isa isa = Isa::kScalar;
};

// Writes the codes of `op` to y; of a Flatten, whose codes stay where they are, nothing. Throws
// Error as the op's own forward() does.
void run_op(const NetworkOp& op, std::span<const OpInput> inputs, const OpContext& context,
            std::span<std::int8_t> y);

}  // namespace tinytorch::quantization
