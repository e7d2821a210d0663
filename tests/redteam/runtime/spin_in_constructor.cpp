// Never even starts.
#include "tinytorch/counting/words.h"

namespace {
struct Hook {
  Hook() {
    for (volatile bool on = true; on;) {
    }
  }
} hook;
}  // namespace

namespace tinytorch::counting {

std::string shout(const std::string& word) {
  return word;
}

}  // namespace tinytorch::counting
