#pragma once
// How large the experiment is: model, steps, text, seeds.

#include <cstdint>
#include <string>

#include "milestones/support/text_training.h"

namespace tinytorch::lab {

struct Settings {
  std::string name = "full";
  milestones::TextPlan plan{.model = {.vocab_size = 256,
                                      .context_length = 64,
                                      .num_layers = 3,
                                      .num_heads = 4,
                                      .embed_dim = 96},
                            .batch = 24,
                            .steps = 1500,
                            .warmup = 100,
                            .warmdown = 300,
                            .rate = 2e-3f};
  std::int64_t late_start = 1125;     // step of the switch; the seed's was 6,000 of 8,011
  std::int64_t lead = 8;              // float steps from the shared checkpoint to the switch
  std::int64_t stride = 16;           // of the sliding window
  std::int64_t validation_bytes = 0;  // of the validation chapters; 0: all
  std::int64_t timing_rounds = 60;
  std::int64_t seeds = 5;
  int extras_bits = 4;  // the width at which the extras are varied: the one with a gap to close

  // Where late runs leave the float run: a little before the switch, so that the first quantized
  // step is not the first one of its process, which costs more in any case.
  std::int64_t checkpoint_step() const { return late_start - lead; }
};

// In a minute, all of it, on a model that learns next to nothing.
Settings smoke_settings();
// The full experiment with another number of steps, warm-down and switch in proportion. Throws
// Error below 20.
Settings settings_of(std::int64_t steps);

// What runs must share to be compared, the seeds aside, as one line.
std::string fingerprint(const Settings& settings);

}  // namespace tinytorch::lab
