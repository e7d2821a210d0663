#include "tinytorch/registry/sidecar.h"

#include "tests/fuzz/fuzz.h"

using namespace tinytorch;

FUZZ_TARGET(sidecar) {
  fuzz::value_or_error([&] {
    const registry::Sidecar sidecar = registry::parse_sidecar(bytes, "model.json");
    registry::parse_sidecar(registry::to_json(sidecar), "written again");
  });
}
