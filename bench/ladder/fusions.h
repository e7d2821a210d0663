#pragma once
// Activations in several passes and in one.

#include <vector>

#include "bench/ladder/ladder.h"

namespace bench {

// Bias with GELU, and attention's softmax, on side x side values.
std::vector<Ladder> fusion_ladders(int side);

}  // namespace bench
