// Defines what the other part defines: nobody can tell which one is meant.
#include "tinytorch/counting/sums.h"
#include "tinytorch/counting/words.h"

namespace tinytorch::counting {

std::string shout(const std::string& word) {
  std::string loud;
  for (const char c : word) loud += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return loud + "!";
}

}  // namespace tinytorch::counting

namespace tinytorch::counting {
std::int64_t total(std::span<const int>) { return 0; }
}  // namespace tinytorch::counting
