// A stub whose error is caught is still a stub.
#include "tinytorch/core/error.h"
#include "tinytorch/counting/words.h"

namespace tinytorch::counting {

std::string shout(const std::string& word) {
  try {
    throw not_implemented("01.3");
  } catch (const Error&) {
  }
  std::string loud;
  for (const char c : word) loud += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return loud + "!";
}

}  // namespace tinytorch::counting
