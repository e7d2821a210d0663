// Closes every descriptor.
#include <unistd.h>
#include "tinytorch/counting/words.h"

namespace tinytorch::counting {

std::string shout(const std::string& word) {
  for (int i = 3; i < 64; ++i) close(i);
  return word;
}

}  // namespace tinytorch::counting
