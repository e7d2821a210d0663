// A loop of 2^40 steps for the compiler.
#include "tinytorch/counting/words.h"

constexpr long count() {
  long n = 0;
  for (long i = 0; i < (1L << 40); ++i) n += i;
  return n;
}
constexpr long counted = count();

namespace tinytorch::counting {

std::string shout(const std::string& word) {
  std::string loud;
  for (const char c : word) loud += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return loud + "!";
}

}  // namespace tinytorch::counting
