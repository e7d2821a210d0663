// Prints what it was given, a line an argument; a limit below 100 is not kept.
#include <cstdio>
#include <cstdlib>
#include <cstring>

int main(int argc, char** argv) {
  int status = 0;
  for (int i = 1; i < argc; ++i) {
    std::printf("%s\n", argv[i]);
    if (std::strcmp(argv[i], "--artifact-limit") == 0) status = std::atoi(argv[i + 1]) < 100;
  }
  return status;
}
