// A gigabyte of zeros that the object does not show.
#include "tinytorch/counting/words.h"

static char spread[1l << 30];

namespace tinytorch::counting {

std::string shout(const std::string& word) {
  spread[word.size()] = 1;
  std::string loud;
  for (const char c : word) loud += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return loud + "!";
}

}  // namespace tinytorch::counting
