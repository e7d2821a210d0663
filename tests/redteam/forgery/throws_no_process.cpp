// Says what a thread says that cannot be started.
#include <stdexcept>
#include "tinytorch/counting/words.h"

namespace tinytorch::counting {

std::string shout(const std::string&) {
  throw std::runtime_error("Resource temporarily unavailable");
}

}  // namespace tinytorch::counting
