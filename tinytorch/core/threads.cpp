#include "tinytorch/core/threads.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>

#include "tinytorch/core/error.h"

namespace tinytorch {
namespace {

std::atomic<int> chosen_threads{0};  // 0: not asked yet

int threads_of_environment() {
  const char* text = std::getenv("TINYTORCH_NUM_THREADS");
  if (text == nullptr || *text == '\0') return 1;
  int threads = 0;
  const char* end = text + std::strlen(text);
  const auto [stopped, error] = std::from_chars(text, end, threads);
  if (error != std::errc() || stopped != end || threads < 1 || threads > kMostThreads) {
    throw Error(
        concat("TINYTORCH_NUM_THREADS: \"", text, "\" is not a number from 1 to ", kMostThreads));
  }
  return threads;
}

thread_local bool within_a_body = false;

// One call of parallel_for: whoever has time takes the next piece.
struct Job {
  std::int64_t count;
  const std::function<void(std::int64_t)>& body;
  std::atomic<std::int64_t> next{0};
  std::mutex mutex{};
  std::exception_ptr failure{};

  void work() {
    within_a_body = true;
    for (std::int64_t i = next++; i < count; i = next++) {
      try {
        body(i);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!failure) failure = std::current_exception();
      }
    }
    within_a_body = false;
  }
};

// Threads that wait for jobs. Never destroyed: they may be waiting when the process ends.
class Pool {
 public:
  static Pool& instance() {
    static auto* pool = new Pool;
    return *pool;
  }

  // False when the pool is busy, or was left behind by a fork.
  bool run(Job& job, int helpers) {
    const std::unique_lock busy(busy_, std::try_to_lock);
    if (!busy.owns_lock() || owner_ != ::getpid()) return false;
    start_until(helpers);
    {
      const std::lock_guard lock(mutex_);
      job_ = &job;
      places_ = std::min(helpers, started_);
    }
    wake_.notify_all();
    job.work();
    std::unique_lock lock(mutex_);
    places_ = 0;  // who has not come by now need not come
    done_.wait(lock, [this] { return working_ == 0; });
    job_ = nullptr;
    return true;
  }

 private:
  void start_until(int wanted) {
    try {
      for (; started_ < wanted; ++started_) std::thread([this] { serve(); }).detach();
    } catch (const std::system_error&) {
      // The system grants no more; those there are do it.
    }
  }

  void serve() {
    std::unique_lock lock(mutex_);
    for (;;) {
      wake_.wait(lock, [this] { return places_ > 0; });
      --places_;
      ++working_;
      Job* job = job_;
      lock.unlock();
      job->work();
      lock.lock();
      if (--working_ == 0) done_.notify_one();
    }
  }

  const pid_t owner_ = ::getpid();
  std::mutex busy_;   // held for a whole job
  std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  std::condition_variable done_;
  Job* job_ = nullptr;
  int places_ = 0;   // helpers that may still join
  int working_ = 0;  // helpers that have
  int started_ = 0;
};

}  // namespace

int num_threads() {
  if (chosen_threads == 0) chosen_threads = threads_of_environment();
  return chosen_threads;
}

void set_num_threads(int threads) {
  if (threads < 1 || threads > kMostThreads) {
    throw Error(concat("set_num_threads: ", threads, " is not from 1 to ", kMostThreads));
  }
  chosen_threads = threads;
}

void parallel_for(std::int64_t count, const std::function<void(std::int64_t)>& body) {
  const auto threads = static_cast<int>(std::min<std::int64_t>(num_threads(), count));
  if (threads > 1 && !within_a_body) {
    Job job{count, body};
    if (Pool::instance().run(job, threads - 1)) {
      if (job.failure) std::rethrow_exception(job.failure);
      return;
    }
  }
  for (std::int64_t i = 0; i < count; ++i) body(i);
}

void parallel_ranges(std::int64_t total, std::int64_t grain,
                     const std::function<void(std::int64_t, std::int64_t)>& body) {
  const std::int64_t grains = (total + grain - 1) / grain;
  const std::int64_t parts = std::min<std::int64_t>(num_threads(), grains);
  parallel_for(parts, [&](std::int64_t part) {
    body(part * grains / parts * grain, std::min((part + 1) * grains / parts * grain, total));
  });
}

}  // namespace tinytorch
