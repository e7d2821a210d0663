// What the profiling room's guards let through, and what they say where they do not.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/support/expect_error.h"
#include "tinytorch/profiling/counting.h"
#include "tinytorch/profiling/latency.h"
#include "tinytorch/profiling/measured.h"
#include "tinytorch/profiling/roofline.h"

namespace tinytorch::profiling {
namespace {

using Samples = std::vector<double>;

TEST(ProfilingGuards, CountsAreNotTooSmall) {
  require_counts("f", 1, {{"rows", 1}, {"inputs", 2}});
  EXPECT_ERROR(require_counts("f", 1, {{"rows", 2}, {"inputs", 0}}),
               "f: inputs must be at least 1, got 0");
  EXPECT_ERROR(require_counts("f", 0, {{"values", -1}}), "f: values must be at least 0, got -1");
}

TEST(ProfilingGuards, GroupsDivideTheChannels) {
  require_conv_sizes("f", {.in_channels = 4, .out_channels = 8, .groups = 4});
  EXPECT_ERROR(require_conv_sizes("f", {.in_channels = 4, .out_channels = 6, .groups = 3}),
               "4 to 6 channels must divide evenly into 3 groups");
  EXPECT_ERROR(require_conv_sizes("f", {.in_channels = 4, .out_channels = 6, .groups = 4}),
               "4 groups");
  EXPECT_ERROR(require_conv_sizes("f", {.groups = 0}), "groups must be at least 1, got 0");
}

TEST(ProfilingGuards, TimingTakesSamples) {
  require_timing("f", {.warmup = 0, .samples = 1});
  EXPECT_ERROR(require_timing("f", {.warmup = -1}), "warmup must be at least 0, got -1");
  EXPECT_ERROR(require_timing("f", {.samples = 0}), "samples must be at least 1, got 0");
  EXPECT_ERROR(require_timing("f", {.calls_per_sample = 0}), "calls_per_sample must be");
  EXPECT_EQ(elapsed(100, 700), 600.0);
  EXPECT_EQ(elapsed(5, 5), 0.0);
  EXPECT_ERROR((void)elapsed(6, 5), "the clock ran backwards, from 6 to 5");
}

TEST(ProfilingGuards, SamplesCanBeSorted) {
  require_samples("f", Samples{2, -1});
  EXPECT_ERROR(require_samples("f", Samples{}), "f: the list of samples must not be empty");
  EXPECT_ERROR(require_samples("f", Samples{1, std::nan("")}), "sample[1] must be finite, got nan");
}

TEST(ProfilingGuards, ALayerUnderARoofComputes) {
  require_intensity("f", 0.0);
  EXPECT_ERROR(require_intensity("f", -1.0), "f: intensity must be at least 0, got -1");
  EXPECT_ERROR(require_intensity("f", std::nan("")), "got nan");
  require_flops("f", "3", {1, 4});
  EXPECT_ERROR(require_flops("f", "8", {0, 80}), "f: layer \"8\" does 0 FLOPs");
}

}  // namespace
}  // namespace tinytorch::profiling
