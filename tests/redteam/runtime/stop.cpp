// Stops itself.
#include <csignal>
#include "tinytorch/counting/words.h"

namespace tinytorch::counting {

std::string shout(const std::string& word) {
  raise(SIGSTOP);
  return word;
}

}  // namespace tinytorch::counting
