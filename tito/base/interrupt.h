#pragma once
// Ctrl-C, SIGTERM and a closed terminal: noticed at safe points, so that nothing is left
// half-written or running.

#include <exception>

namespace tito {

// Unwinds to main(), which exits with 128 + the signal's number.
class Interrupted : public std::exception {
 public:
  const char* what() const noexcept override { return "interrupted"; }
};

// Unwinds out of work whose result nobody wants any more (a file was saved again).
class Cancelled : public std::exception {
 public:
  const char* what() const noexcept override { return "cancelled"; }
};

// From here on SIGINT, SIGTERM and SIGHUP only raise a flag.
void catch_interrupts();
// The signal that arrived, or 0.
int interrupt_signal();
// Throws Interrupted once a signal arrived.
void check_interrupt();

}  // namespace tito
