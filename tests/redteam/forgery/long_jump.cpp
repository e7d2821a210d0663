// Jumps to where nobody was.
#include <csetjmp>
#include "tinytorch/counting/words.h"

namespace {
std::jmp_buf place;
}  // namespace

namespace tinytorch::counting {

std::string shout(const std::string& word) {
  std::longjmp(place, 1);
  return word;
}

}  // namespace tinytorch::counting
