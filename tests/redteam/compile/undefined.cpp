// Compiles, but does not link.
#include "tinytorch/counting/words.h"

std::string helper(const std::string& word);

namespace tinytorch::counting {

std::string shout(const std::string& word) {
  return helper(word);
}

}  // namespace tinytorch::counting
