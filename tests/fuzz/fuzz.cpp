#include "tests/fuzz/fuzz.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

#include "tinytorch/core/error.h"
#include "tinytorch/core/printable.h"

namespace fuzz {
namespace {

[[noreturn]] void fail(const std::string& why) {
  std::fprintf(stderr, "fuzz: %s\n", why.c_str());
  std::abort();
}

}  // namespace

std::vector<Target>& targets() {
  static std::vector<Target> all;
  return all;
}

const Target& find_target(std::string_view name) {
  std::string known;
  for (const Target& target : targets()) {
    if (target.name == name) return target;
    known += known.empty() ? "" : ", ";
    known += target.name;
  }
  throw std::invalid_argument("no target is called '" + std::string(name) + "'; there are " +
                              known);
}

Registration::Registration(const char* name, void (*run)(std::string_view)) {
  auto& all = targets();
  const auto after = [](const Target& target, std::string_view wanted) {
    return std::string_view(target.name) < wanted;
  };
  all.insert(std::lower_bound(all.begin(), all.end(), std::string_view(name), after), {name, run});
}

MemoryFile::MemoryFile(std::string_view bytes) : descriptor_(memfd_create("fuzzed", 0)) {
  if (descriptor_ < 0) fail("memfd_create failed");
  path_ = "/proc/self/fd/" + std::to_string(descriptor_);
  while (!bytes.empty()) {
    const ssize_t written = write(descriptor_, bytes.data(), bytes.size());
    if (written <= 0) fail("the file in memory cannot be written");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

MemoryFile::~MemoryFile() { close(descriptor_); }

void value_or_error(const std::function<void()>& read) {
  try {
    read();
  } catch (const tinytorch::Error& error) {
    const std::string_view words = error.what();
    if (words.empty()) fail("an Error without words");
    if (words != tinytorch::printable(words))
      fail("an Error with control characters: " + std::string(words));
  } catch (const std::exception& error) {
    fail("not an Error but " + std::string(error.what()));
  }
}

}  // namespace fuzz
