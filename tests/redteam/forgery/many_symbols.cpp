// So many symbols that the list of them is cut before it comes to main().
#include "tinytorch/counting/words.h"

namespace tinytorch::counting {

std::string shout(const std::string& word) {
  return word;
}

}  // namespace tinytorch::counting

asm(".macro many\n.globl a_name_that_is_long_so_that_few_of_them_fill_the_list_\\@\n"
    "a_name_that_is_long_so_that_few_of_them_fill_the_list_\\@:\n.endm\n"
    ".rept 20000\nmany\n.endr\n");

int main() {
  return 0;
}
