// One file above the limit.
#include <cstdio>
#include "tinytorch/counting/words.h"

namespace tinytorch::counting {

std::string shout(const std::string& word) {
  const std::string block(1 << 20, 'x');
  FILE* file = std::fopen("/tmp/big", "w");
  for (int i = 0; file != nullptr && i < 64; ++i) std::fwrite(block.data(), 1, block.size(), file);
  return word;
}

}  // namespace tinytorch::counting
