#pragma once
// Several cores on one job. Given (threads.cpp).
//
// One thread unless somebody asks for more: with set_num_threads(), or with the environment
// variable TINYTORCH_NUM_THREADS. Whatever is computed in parallel here comes out bit for bit the
// same for every number of threads, because no two pieces add to the same number.

#include <cstdint>
#include <functional>

namespace tinytorch {

inline constexpr int kMostThreads = 256;

// Threads that parallel_for may use, the caller's own included. Throws Error when
// TINYTORCH_NUM_THREADS is set and not a number from 1 to 256.
int num_threads();
// Throws Error unless 1 <= threads <= 256.
void set_num_threads(int threads);

// Calls body(0), …, body(count − 1), each once, on up to num_threads() threads, and returns when
// all are done. The order is not specified. Threads are started at the first call that needs them
// and stay; one that the system refuses is done without. Within a body, and while another thread is
// in here, a call runs its pieces one after the other. The first exception of a body is thrown
// again here, after all pieces have ended.
void parallel_for(std::int64_t count, const std::function<void(std::int64_t)>& body);

// body(begin, end) for ranges that cover [0, total), one a thread and each a multiple of `grain`
// but the last. Requires grain >= 1.
void parallel_ranges(std::int64_t total, std::int64_t grain,
                     const std::function<void(std::int64_t, std::int64_t)>& body);

}  // namespace tinytorch
