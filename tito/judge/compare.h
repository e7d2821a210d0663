#pragma once
// The judge's comparison: what the reference answered against what a submission answered.

#include <optional>
#include <string>

#include "tito/worker/check.h"

namespace tito {

// Nothing when they agree; otherwise what differs first and by how much:
// "codes[17]: expected -3, got -4 (5 of 64 differ, by 1 at most)".
// Both must hold the same entries in the same order, of the same types and lengths. A float agrees
// when |got − expected| <= absolute + relative·|expected|; with both zero, bit for bit. NaN agrees
// with NaN alone, an infinity with the same infinity alone.
std::optional<std::string> mismatch(const Values& expected, const Values& got,
                                    const Tolerance& tolerance);

}  // namespace tito
