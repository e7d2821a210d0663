#pragma once
// Convolutions in every way the course knows.

#include <vector>

#include "bench/ladder/ladder.h"

namespace bench {

// A full and a depthwise convolution on images of a sixteenth of `side`.
std::vector<Ladder> convolution_ladders(int side);

}  // namespace bench
