#pragma once
// The errors tito reports, each with its exit status.

#include <stdexcept>

namespace tito {

// 0 success · 1 the work fails its tests · 2 wrong usage or input · 3 our own failure.
enum ExitStatus { kSuccess = 0, kWorkFails = 1, kUsage = 2, kInternal = 3 };

// A mistake of the person at the keyboard. The message ends in what to do next.
class UserError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The learner's code fails in a way that ends the command. Says where to look.
class WorkError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Something on our side or the machine's: a missing compiler, a full disk.
class InternalError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace tito
