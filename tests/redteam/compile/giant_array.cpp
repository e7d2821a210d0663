// An initialised array of a gigabyte, to be written to the object.
#include "tinytorch/counting/words.h"

int numbers[1 << 28] = {1};

namespace tinytorch::counting {

std::string shout(const std::string& word) {
  std::string loud;
  for (const char c : word) loud += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return loud + "!";
}

}  // namespace tinytorch::counting
