#pragma once
// Where a test stands in its source, as std::source_location: clang 14 does not know libstdc++'s.

namespace tinytorch::teach {

struct Location {
  const char* file;
  int line;

  // As a default argument: the caller's line.
  static constexpr Location current(const char* file = __builtin_FILE(),
                                    int line = __builtin_LINE()) {
    return {file, line};
  }
};

}  // namespace tinytorch::teach
