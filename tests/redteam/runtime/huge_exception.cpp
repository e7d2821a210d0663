// An exception whose words are longer than any message.
#include <stdexcept>
#include "tinytorch/counting/words.h"

namespace tinytorch::counting {

std::string shout(const std::string&) {
  throw std::runtime_error(std::string(70u << 20, (char)101));
}

}  // namespace tinytorch::counting
