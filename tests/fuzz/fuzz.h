#pragma once
// Fuzzing of every reader of files: whatever the bytes, a reader returns a value or throws
// tinytorch::Error. Anything else, a crash, another exception or an error without words, is a bug.
//
// A target is a function of bytes, in a file of its own below targets/:
//     FUZZ_TARGET(idx) {
//       const MemoryFile file(bytes);
//       value_or_error([&] { data::read_idx(file.path()); });
//     }
// bin/fuzz runs libFuzzer on them; the tests run replay.cpp, a bounded number of mutations of the
// seeds in corpus/<target>/.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace fuzz {

struct Target {
  const char* name;
  void (*run)(std::string_view bytes);
};
// In the order of their names.
std::vector<Target>& targets();
// Throws std::invalid_argument naming the targets there are.
const Target& find_target(std::string_view name);

struct Registration {
  Registration(const char* name, void (*run)(std::string_view));
};

// Bytes under a path, in memory alone.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view bytes);
  ~MemoryFile();
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  int descriptor_;
  std::string path_;
};

// Ends the program, with a line that says why, unless `read` returns or throws an Error with words
// in it that a terminal can show: no control characters of the file's.
void value_or_error(const std::function<void()>& read);

}  // namespace fuzz

#define FUZZ_TARGET(name)                                                  \
  static void fuzz_##name(std::string_view bytes);                         \
  static const ::fuzz::Registration registered_##name(#name, fuzz_##name); \
  static void fuzz_##name(std::string_view bytes)
