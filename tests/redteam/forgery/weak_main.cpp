// A main that gives way.
#include "tinytorch/counting/words.h"

namespace tinytorch::counting {

std::string shout(const std::string& word) {
  std::string loud;
  for (const char c : word) loud += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return loud + "!";
}

}  // namespace tinytorch::counting

extern "C" __attribute__((weak)) int main() { return 0; }
