// An instance of a library template for one of the types of the judge.
#include <vector>
#include "tinytorch/counting/words.h"

namespace tinytorch::counting {

std::string shout(const std::string& word) {
  return word;
}

}  // namespace tinytorch::counting

namespace tito {
struct Values {
  ~Values() {}
  int x;
};
}  // namespace tito
std::vector<tito::Values> ours(3);
