#pragma once
// Why a program died, in plain words.

#include <string>

#include "tito/base/process.h"

namespace tito {

// `output` is what it printed last: a sanitizer's report or an uncaught exception is found there.

std::string describe_death(const ProcessResult& result, const std::string& output);

// AddressSanitizer's report in `output` with what a learner can use: of the stacks the frames in
// the course's own sources. What was printed before it stays.
std::string shorten_sanitizer_report(const std::string& output);

}  // namespace tito
