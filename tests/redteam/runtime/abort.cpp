// Gives up.
#include <cstdlib>
#include "tinytorch/counting/words.h"

namespace tinytorch::counting {

std::string shout(const std::string& word) {
  std::abort();
  return word;
}

}  // namespace tinytorch::counting
