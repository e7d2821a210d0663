#include "tinytorch/pipeline/run/interrupt.h"

#include <csignal>

namespace tinytorch::pipeline {
namespace {

volatile std::sig_atomic_t arrived = 0;

extern "C" void note_signal(int signal) { arrived = signal; }

}  // namespace

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = note_signal;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

int interrupt_signal() { return arrived; }

void stop_if_interrupted(const std::string& doing) {
  const int signal = arrived;
  if (signal == 0) return;
  throw Interrupted(signal, "stopped while " + doing +
                                "; what was trained is kept, and --resume goes on with it");
}

}  // namespace tinytorch::pipeline
