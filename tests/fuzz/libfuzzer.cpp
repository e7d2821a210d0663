// libFuzzer's way in: TINYTORCH_FUZZ_TARGET names the target. bin/fuzz sets it.

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::Target& target = [&]() -> const fuzz::Target& {
    const char* name = std::getenv("TINYTORCH_FUZZ_TARGET");
    return fuzz::find_target(name == nullptr ? "" : name);
  }();
  target.run({reinterpret_cast<const char*>(data), size});
  return 0;
}
