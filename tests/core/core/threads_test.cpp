#include "tinytorch/core/threads.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "tests/support/expect_error.h"
#include "tinytorch/core/rng.h"
#include "tinytorch/kernels/gemm/gemm.h"

namespace tinytorch {
namespace {

class Threads : public testing::Test {
 protected:
  void TearDown() override { set_num_threads(1); }
};

TEST_F(Threads, EveryPieceIsDoneOnce) {
  for (const int threads : {1, 2, 3, 8}) {
    set_num_threads(threads);
    for (const std::int64_t count : {0, 1, 2, 7, 1000}) {
      std::vector<std::atomic<int>> done(static_cast<std::size_t>(count));
      parallel_for(count, [&](std::int64_t i) { ++done[static_cast<std::size_t>(i)]; });
      for (const auto& times : done) ASSERT_EQ(times, 1) << threads << " threads, " << count;
    }
  }
}

TEST_F(Threads, PiecesRunOnOtherThreadsToo) {
  set_num_threads(2);
  std::atomic<int> met{0};
  std::set<std::thread::id> seen;
  std::mutex mutex;
  parallel_for(2, [&](std::int64_t) {
    ++met;
    // Each waits for the other: one thread alone would never get out.
    while (met < 2) std::this_thread::yield();
    const std::lock_guard lock(mutex);
    seen.insert(std::this_thread::get_id());
  });
  EXPECT_EQ(seen.size(), 2u);
}

TEST_F(Threads, ACallWithinABodyRunsInPlace) {
  set_num_threads(4);
  std::atomic<int> inner{0};
  parallel_for(4, [&](std::int64_t) {
    const auto here = std::this_thread::get_id();
    parallel_for(5, [&](std::int64_t) {
      EXPECT_EQ(std::this_thread::get_id(), here);
      ++inner;
    });
  });
  EXPECT_EQ(inner, 20);
}

TEST_F(Threads, AnExceptionComesOutAfterAllPieces) {
  for (const int threads : {1, 3}) {
    set_num_threads(threads);
    EXPECT_THROW(parallel_for(10,
                              [](std::int64_t i) {
                                if (i == 3) throw Error("the third");
                              }),
                 Error);
    std::atomic<int> done{0};
    parallel_for(10, [&](std::int64_t) { ++done; });
    EXPECT_EQ(done, 10) << "the pool goes on";
  }
}

TEST_F(Threads, RangesCoverAllInWholeGrains) {
  set_num_threads(3);
  for (const std::int64_t total : {0, 1, 12, 100}) {
    std::mutex mutex;
    std::set<std::pair<std::int64_t, std::int64_t>> ranges;
    parallel_ranges(total, 12, [&](std::int64_t begin, std::int64_t end) {
      const std::lock_guard lock(mutex);
      ranges.insert({begin, end});
    });
    std::int64_t at = 0;
    for (const auto& [begin, end] : ranges) {
      EXPECT_EQ(begin, at);
      EXPECT_LT(begin, end);
      EXPECT_TRUE(end % 12 == 0 || end == total);
      at = end;
    }
    EXPECT_EQ(at, total);
  }
}

TEST_F(Threads, RefusesNumbersThatMakeNoSense) {
  EXPECT_ERROR(set_num_threads(0), "set_num_threads: 0");
  EXPECT_ERROR(set_num_threads(-2), "set_num_threads: -2");
  EXPECT_ERROR(set_num_threads(257), "257");
}

using ThreadsDeathTest = Threads;

TEST_F(ThreadsDeathTest, TheEnvironmentIsRead) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto starts_with = [](const char* text) {
    ::setenv("TINYTORCH_NUM_THREADS", text, 1);
    try {
      std::fprintf(stderr, "threads: %d", num_threads());
    } catch (const Error& error) {
      std::fprintf(stderr, "%s", error.what());
    }
    std::exit(0);
  };
  EXPECT_EXIT(starts_with("3"), testing::ExitedWithCode(0), "threads: 3");
  for (const char* wrong : {"many", "0", "-1", "1000", "2 ", "3x"}) {
    EXPECT_EXIT(starts_with(wrong), testing::ExitedWithCode(0),
                "TINYTORCH_NUM_THREADS: .*1 to 256");
  }
}

TEST_F(Threads, ProductsAreTheSameBitForBit) {
  Rng rng(1);
  const std::int64_t m = 150, n = 170, k = 130;
  std::vector<float> a(m * k), b(k * n), one(m * n), many(m * n);
  for (auto* values : {&a, &b}) {
    for (float& value : *values) value = rng.normal();
  }
  kernels::gemm(kernels::Trans::kNo, kernels::Trans::kNo, m, n, k, a, b, one);
  for (const int threads : {2, 3, 5}) {
    set_num_threads(threads);
    kernels::gemm(kernels::Trans::kNo, kernels::Trans::kNo, m, n, k, a, b, many);
    EXPECT_EQ(one, many) << threads;
  }
}

}  // namespace
}  // namespace tinytorch
