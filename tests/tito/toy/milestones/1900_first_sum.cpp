// 1900: the first sum (N. N., "On adding"). Three numbers, added up.
#include <cstdio>
#include <vector>

#include "tinytorch/counting/sums.h"
#include "tinytorch/sorting/order.h"

int main() {
  const std::vector<int> values{1, 2, 6};
  std::printf("total %ld, smallest %d\n", static_cast<long>(tinytorch::counting::total(values)),
              tinytorch::sorting::smallest(values));
  return 0;
}
