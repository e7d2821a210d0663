// Prints without end where errors go.
#include <cstdio>
#include "tinytorch/counting/words.h"

namespace tinytorch::counting {

std::string shout(const std::string& word) {
  for (;;) std::fputs("a line and another line and another line\n", stderr);
  return word;
}

}  // namespace tinytorch::counting
