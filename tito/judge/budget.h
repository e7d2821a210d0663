#pragma once
// The time that one submission may take in all, shared out over its parts and tasks.

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace tito {

class Budget {
 public:
  using Clock = std::chrono::steady_clock;
  using Time = std::chrono::milliseconds;

  explicit Budget(Time total, Clock::time_point now = Clock::now())
      : total_(total), end_(now + total) {}

  Time total() const { return total_; }
  Time left(Clock::time_point now = Clock::now()) const {
    return std::max(Time(0), std::chrono::duration_cast<Time>(end_ - now));
  }
  // `mine` parts of what is left, of `waiting` that still want some, `mine` among them: who needs
  // less leaves more to those who come after, and nobody can take the share of another.
  Time share(std::size_t mine, std::size_t waiting, Clock::time_point now = Clock::now()) const {
    return left(now) * mine / std::max(waiting, mine);
  }

 private:
  Time total_;
  Clock::time_point end_;
};

}  // namespace tito
