// A library function that gives way.
#include "tinytorch/core/error.h"
#include "tinytorch/counting/words.h"

namespace tinytorch::counting {

std::string shout(const std::string& word) {
  std::string loud;
  for (const char c : word) loud += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return loud + "!";
}

}  // namespace tinytorch::counting

namespace tinytorch {
__attribute__((weak)) NotImplemented not_implemented(std::string_view task) {
  return NotImplemented(task);
}
}  // namespace tinytorch
