// Calls itself without end.
#include "tinytorch/counting/words.h"

namespace {
std::string deeper(const std::string& word, int level) {
  volatile char frame[4096];
  frame[0] = static_cast<char>(level);
  if (level < 0) return word;
  return deeper(word + "x", level + 1) + std::string(1, frame[0]);
}
}  // namespace

namespace tinytorch::counting {

std::string shout(const std::string& word) {
  return deeper(word, 1);
}

}  // namespace tinytorch::counting
