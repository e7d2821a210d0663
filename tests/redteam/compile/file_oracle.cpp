// Asks which files exist; wrong either way, and an error if one is seen.
#include "tinytorch/counting/words.h"

#if __has_include("/etc/shadow") || __has_include("/srv") || __has_include("/root/.bashrc")
#error seen
#endif

namespace tinytorch::counting {

std::string shout(const std::string& word) {
  return word + "!";
}

}  // namespace tinytorch::counting
