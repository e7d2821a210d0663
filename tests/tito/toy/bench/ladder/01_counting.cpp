// A ladder that takes no time: its figures are counts, so that a test knows them.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "tinytorch/core/error.h"
#include "tinytorch/counting/sums.h"

int main(int argc, char** argv) {
  if (argc != 5 || std::strcmp(argv[1], "--size") != 0 || std::strcmp(argv[3], "--seconds") != 0) {
    return 2;
  }
  const char* row =
      "{\"ladder\": \"toy of %s\", \"unit\": \"sums/s\", \"rung\": \"%s\", \"task\": \"%s\", "
      "\"peer\": %s, \"floor\": %g, \"over_best\": false, \"status\": \"%s\", \"rate\": %g}\n";
  std::printf("{\"measuring\": \"sum\"}\n");
  std::fflush(stdout);  // a crash must not swallow it
  std::printf(row, argv[2], "plain", "", "false", 0.0, "measured", 2.0);
  try {
    const std::vector<int> values{4, 5};
    const bool right = tinytorch::counting::total(values) == 9;
    std::printf(row, argv[2], "yours", "01.1", "false", 3.0, right ? "measured" : "wrong",
                right ? 8.0 : 0.0);
  } catch (const tinytorch::NotImplemented&) {
    std::printf(row, argv[2], "yours", "01.1", "false", 3.0, "unsolved", 0.0);
  } catch (const std::exception& error) {
    std::printf(
        "{\"ladder\": \"toy of %s\", \"unit\": \"sums/s\", \"rung\": \"yours\", \"task\": "
        "\"01.1\", "
        "\"peer\": false, \"status\": \"failed\", \"message\": \"%s\"}\n",
        argv[2], error.what());
  }
  std::printf(row, argv[2], "too slow", "01.2", "false", 3.0, "measured", 4.0);
  std::printf(
      "{\"ladder\": \"toy of %s\", \"unit\": \"sums/s\", \"rung\": \"chosen\", \"task\": \"01.2\", "
      "\"peer\": false, \"floor\": 0.9, \"over_best\": true, \"status\": \"measured\", \"rate\": "
      "6}\n",
      argv[2]);
  // Somebody's library reads this when it is loaded; on two threads it would be no fair peer.
  const char* threads = std::getenv("OMP_NUM_THREADS");
  const double somebody = threads != nullptr && std::strcmp(threads, "1") == 0 ? 16.0 : 32.0;
  std::printf(row, argv[2], "somebody", "", "true", 0.0, "measured", somebody);
  std::printf(row, argv[2], "somebody else's product, on whatever it finds to be best here", "",
              "true", 0.0, "measured", 12.0);
  std::printf("{\"ladder\": \"toy of %s\", \"missing\": \"nobody (libnobody-dev)\"}\n", argv[2]);
  return std::atoi(argv[2]) == 13 ? 1 : 0;
}
