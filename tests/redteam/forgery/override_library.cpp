// Random numbers that are not.
#include "tinytorch/core/rng.h"
#include "tinytorch/counting/words.h"

namespace tinytorch::counting {

std::string shout(const std::string& word) {
  std::string loud;
  for (const char c : word) loud += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return loud + "!";
}

}  // namespace tinytorch::counting

namespace tinytorch {
std::uint64_t Rng::next_u64() { return 4; }
}  // namespace tinytorch
