// A size that was negative.
#include <vector>
#include "tinytorch/counting/words.h"

namespace tinytorch::counting {

std::string shout(const std::string& word) {
  std::vector<int> numbers;
  numbers.resize(static_cast<std::size_t>(-1) - word.size());
  return word;
}

}  // namespace tinytorch::counting
