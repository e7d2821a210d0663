#pragma once
// File descriptors that close themselves.

#include <unistd.h>

namespace tito {

struct Fd {
  int value = -1;
  Fd() = default;
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { reset(); }
  void reset() {
    if (value >= 0) ::close(value);
    value = -1;
  }
};

// Both ends close on exec; reading never blocks. Throws InternalError.
struct Pipe {
  Fd read, write;
  void open();
};

}  // namespace tito
