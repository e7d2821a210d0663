// A source that compiles and holds no answer.
#include "tinytorch/counting/words.h"

namespace tinytorch::counting {

int something_else() {
  return 1;
}

}  // namespace tinytorch::counting
