#pragma once
// Why a program died, in plain words.

#include <string>

#include "tito/base/process.h"

namespace tito {

// `output` is what it printed last: a sanitizer's report or an uncaught exception is found there.

std::string describe_death(const ProcessResult& result, const std::string& output);

}  // namespace tito
