#include "tests/fuzz/fuzz.h"
#include "tinytorch/registry/registry_file.h"

using namespace tinytorch;

FUZZ_TARGET(registry) {
  fuzz::value_or_error([&] {
    const registry::Registry all = registry::parse_registry(bytes, "registry.json");
    registry::parse_registry(registry::to_json(all), "written again");
  });
}
