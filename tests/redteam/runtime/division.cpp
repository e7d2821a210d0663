// Another one.
#include "tinytorch/counting/words.h"

namespace tinytorch::counting {

std::string shout(const std::string& word) {
  volatile int zero = 0;
  return word + std::to_string(7 / zero);
}

}  // namespace tinytorch::counting
