// A template without a bottom.
#include "tinytorch/counting/words.h"

template <int N>
struct Deeper {
  static constexpr int value = Deeper<N + 1>::value;
};
int bottom = Deeper<0>::value;

namespace tinytorch::counting {

std::string shout(const std::string& word) {
  std::string loud;
  for (const char c : word) loud += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return loud + "!";
}

}  // namespace tinytorch::counting
