#pragma once
// The engine's form of MinMaxObserver::observe() (observers.h). Internal.

#include <span>

#include "tinytorch/quantization/arithmetic/qtypes.h"

namespace tinytorch::quantization::detail {

// Widens `range`, or sets it where nothing was seen yet, to the ends of the batch, found as
// integers (float_order.h), several values at a time. False, with everything left as it was, when a
// value is not finite.
bool observe_ends(std::span<const float> batch, bool& seen, Range& range);

}  // namespace tinytorch::quantization::detail
