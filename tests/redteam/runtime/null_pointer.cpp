// An ordinary crash.
#include "tinytorch/counting/words.h"

namespace tinytorch::counting {

std::string shout(const std::string& word) {
  volatile int* nowhere = nullptr;
  *nowhere = 1;
  return word;
}

}  // namespace tinytorch::counting
