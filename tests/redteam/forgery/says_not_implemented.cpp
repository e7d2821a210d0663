// Puts the blame on another task.
#include "tinytorch/core/error.h"
#include "tinytorch/counting/words.h"

namespace tinytorch::counting {

std::string shout(const std::string& word) {
  throw not_implemented("01.1");
}

}  // namespace tinytorch::counting
