#pragma once
// Learning rates that change during training.
// Written in the optimizers module (schedule.cpp).

#include <cstdint>
#include <functional>

namespace tinytorch::optim {

// The learning rate of a step, numbered from 0.
using Schedule = std::function<float(std::int64_t step)>;

struct CosineOptions {
  float peak = 1e-3f;
  float floor = 0.0f;
  std::int64_t warmup_steps = 0;
  std::int64_t total_steps = 1;
};

// Linear warm-up, then half a cosine wave down (Loshchilov & Hutter, "SGDR", 2017):
//   step < warmup:  peak · (step + 1) / warmup
//   otherwise:      floor + (peak − floor) · (1 + cos(π·progress)) / 2,
//                   progress = (step − warmup) / (total − warmup), at most 1.
// Throws Error on a negative step and unless 0 <= warmup_steps < total_steps.
float cosine_with_warmup(std::int64_t step, const CosineOptions& options);

}  // namespace tinytorch::optim
