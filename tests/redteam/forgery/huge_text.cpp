// Megabytes where a word was asked for.
#include "tinytorch/counting/words.h"

namespace tinytorch::counting {

std::string shout(const std::string& word) {
  return std::string(3 << 20, '!') + word;
}

}  // namespace tinytorch::counting
