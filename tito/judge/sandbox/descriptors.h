#pragma once
// File descriptors that a box holds.

#include <unistd.h>

namespace tito {

inline void close_if_open(int& descriptor) {
  if (descriptor >= 0) ::close(descriptor);
  descriptor = -1;
}

}  // namespace tito
