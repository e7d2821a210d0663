#include "tinytorch/train/safetensors.h"

#include "tests/fuzz/fuzz.h"

using namespace tinytorch;

FUZZ_TARGET(safetensors) {
  fuzz::value_or_error([&] {
    const train::SafeTensors content = train::decode_safetensors(bytes, "fuzzed.safetensors");
    for (const train::StoredTensor& stored : content.tensors) train::restore(stored);
  });
}
