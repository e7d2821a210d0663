#pragma once
// One run: trained, stored, brought back, evaluated. Single-threaded, and the same to the bit
// wherever it runs.

#include <cstdint>
#include <string>

#include "lab/qat_ablation/plan.h"
#include "lab/qat_ablation/run_result.h"
#include "milestones/support/text_corpus.h"

namespace tinytorch::lab {

struct RunRequest {
  std::uint64_t seed = 1;
  std::int64_t steps = 0;    // of this run; equal-time runs have others than the settings say
  std::string checkpoint{};  // of the float run shortly before the late start: written by "prefix",
                             // read by runs that share the beginning; empty: from the first step
};

// Whether a run of so many steps begins as the float run does, up to that checkpoint: it does
// unless it is quantized earlier, or its warm-down has begun by then.
bool shares_beginning(const Settings& settings, const Run& run, std::int64_t steps);

// Throws Error when a run that is to be quantized was not: see require_quantized().
RunResult train_run(const Settings& settings, const Run& run, const RunRequest& request,
                    const milestones::TextSplit& text);

// The evidence that a run was quantized: weights were changed, the logits of float and quantized
// weights differ, and, where rows are clipped at a quantile, gradients were masked. Throws Error
// naming the run and what is missing: a flag that was lost must not pass for a result.
void require_quantized(const RunResult& result, const Storage& storage);

}  // namespace tinytorch::lab
