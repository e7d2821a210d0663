#pragma once
// What a step costs in each way to train, all of them taking turns in one process.

#include <functional>
#include <string>

#include "lab/qat_ablation/run_result.h"
#include "lab/qat_ablation/settings.h"

namespace tinytorch::lab {

// The arms: "float"; "prepared, off", a float step of a model that is prepared for quantization but
// not quantized yet; "int8, first", the step of the switch, preparing included; then every storage
// that runs are trained for, and at int8 the other ways to the quantile. In each of the settings'
// rounds each takes a step that warms the caches and then one that is timed, in an order that
// rotates. Processor time.
//
// The interval of a ratio is Student's over the medians of six blocks of rounds.
Timing measure_step_times(const Settings& settings, const std::string& text);

}  // namespace tinytorch::lab
