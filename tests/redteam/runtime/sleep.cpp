// Never done, without effort.
#include <unistd.h>
#include "tinytorch/counting/words.h"

namespace tinytorch::counting {

std::string shout(const std::string& word) {
  sleep(1000);
  return word;
}

}  // namespace tinytorch::counting
