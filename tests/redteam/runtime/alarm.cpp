// Has itself woken with a signal nobody handles.
#include <unistd.h>
#include "tinytorch/counting/words.h"

namespace tinytorch::counting {

std::string shout(const std::string& word) {
  alarm(1);
  for (;;) pause();
  return word;
}

}  // namespace tinytorch::counting
