#include "tito/base/interrupt.h"

#include <csignal>

namespace tito {
namespace {
volatile std::sig_atomic_t arrived = 0;
void note(int signal) { arrived = signal; }
}  // namespace

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = note;
  sigemptyset(&action.sa_mask);
  // No SA_RESTART: a blocking wait must return to look at the flag.
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  // A terminal that is closed; under nohup it is to be ignored, and stays so.
  struct sigaction before {};
  if (sigaction(SIGHUP, nullptr, &before) == 0 && before.sa_handler != SIG_IGN) {
    sigaction(SIGHUP, &action, nullptr);
  }
}

int interrupt_signal() { return arrived; }

void check_interrupt() {
  if (arrived != 0) throw Interrupted();
}

}  // namespace tito
