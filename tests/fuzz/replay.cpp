// Without libFuzzer: the seeds as they are, then mutations of them, the same at every run.
//   fuzz_replay CORPUS [--target NAME] [--mutations N] [--file PATH]

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/fuzz/fuzz.h"
#include "tinytorch/core/rng.h"

namespace {

namespace fs = std::filesystem;

std::string contents(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<fs::path> files_of(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

class Mutator {
 public:
  explicit Mutator(std::uint64_t seed) : rng_(seed) {}

  // One to four changes: those that break readers are a length that lies, a piece that is missing
  // or comes twice, and a number at the end of its range.
  std::string of(const std::string& seed) {
    std::string bytes = seed;
    const std::uint64_t changes = 1 + below(4);
    for (std::uint64_t i = 0; i < changes; ++i) change(bytes);
    return bytes;
  }

 private:
  std::uint64_t below(std::uint64_t end) { return rng_.below(end); }

  void change(std::string& bytes) {
    if (bytes.empty()) {
      bytes.push_back(static_cast<char>(below(256)));
      return;
    }
    const std::size_t at = below(bytes.size());
    const std::size_t length = 1 + below(std::min<std::size_t>(bytes.size() - at, 16));
    switch (below(7)) {
      case 0:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(8)));
        break;
      case 1:
        bytes[at] = static_cast<char>(below(256));
        break;
      case 2:
        bytes.resize(at);
        break;
      case 3:
        bytes.erase(at, length);
        break;
      case 4:
        bytes.insert(below(bytes.size()), bytes.substr(at, length));
        break;
      case 5:
        overwrite(bytes, at);
        break;
      default:
        digits(bytes, at);
        break;
    }
  }

  // An integer of 1, 2, 4 or 8 bytes: 0, 1, -1, the largest, the smallest.
  void overwrite(std::string& bytes, std::size_t at) {
    static constexpr std::uint64_t kValues[] = {
        0,          1,         ~std::uint64_t{0}, ~std::uint64_t{0} >> 1U, std::uint64_t{1} << 63U,
        0x7FFFFFFF, 0x80000000};
    const std::uint64_t value = kValues[below(std::size(kValues))];
    const std::size_t width = std::size_t{1} << below(4);
    for (std::size_t i = 0; i < width && at + i < bytes.size(); ++i) {
      bytes[at + i] = static_cast<char>(value >> (8 * (width - 1 - i)));
    }
  }

  // A number in a text becomes another.
  void digits(std::string& bytes, std::size_t at) {
    static constexpr const char* kNumbers[] = {
        "0", "-1", "9223372036854775807", "1e999", "18446744073709551616", "nan"};
    const std::size_t first = bytes.find_first_of("0123456789", at);
    if (first == std::string::npos) return;
    const std::size_t end = std::min(bytes.find_first_not_of("0123456789", first), bytes.size());
    bytes.replace(first, end - first, kNumbers[below(std::size(kNumbers))]);
  }

  tinytorch::Rng rng_;
};

// The input that is running, for whoever looks for what ended the program.
void keep_for_later(const char* target, const std::string& bytes) {
  const fs::path path = fs::temp_directory_path() / ("fuzz_" + std::string(target) + ".last");
  std::ofstream(path, std::ios::binary) << bytes;
}

}  // namespace

int main(int argc, char** argv) {
  fs::path corpus;
  std::string only;
  std::string file;
  long mutations = 200;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--target" && i + 1 < argc)
      only = argv[++i];
    else if (word == "--mutations" && i + 1 < argc)
      mutations = std::atol(argv[++i]);
    else if (word == "--file" && i + 1 < argc)
      file = argv[++i];
    else
      corpus = word;
  }
  if (!file.empty()) {
    fuzz::find_target(only).run(contents(file));
    return 0;
  }
  long runs = 0;
  for (const fuzz::Target& target : fuzz::targets()) {
    if (!only.empty() && only != target.name) continue;
    const std::vector<fs::path> seeds = files_of(corpus / target.name);
    if (seeds.empty()) {
      std::fprintf(stderr, "fuzz_replay: no seed in %s\n", (corpus / target.name).c_str());
      return 1;
    }
    for (std::size_t s = 0; s < seeds.size(); ++s) {
      const std::string seed = contents(seeds[s]);
      target.run(seed);
      Mutator mutator(s + 1);
      const long share = mutations / static_cast<long>(seeds.size()) + 1;
      for (long i = 0; i < share; ++i) {
        const std::string bytes = mutator.of(seed);
        keep_for_later(target.name, bytes);
        target.run(bytes);
      }
      runs += share + 1;
    }
    fs::remove(fs::temp_directory_path() / ("fuzz_" + std::string(target.name) + ".last"));
    std::printf("%s: %zu seeds\n", target.name, seeds.size());
  }
  std::printf("%ld inputs: each a value or an Error\n", runs);
  return 0;
}
