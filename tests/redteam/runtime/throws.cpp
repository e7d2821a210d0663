// An exception.
#include <stdexcept>
#include "tinytorch/counting/words.h"

namespace tinytorch::counting {

std::string shout(const std::string& word) {
  throw std::runtime_error("no idea what " + word + " means");
}

}  // namespace tinytorch::counting
