#include "tests/fuzz/fuzz.h"
#include "tinytorch/pipeline/data/photo.h"

using namespace tinytorch;

FUZZ_TARGET(pgm) {
  fuzz::value_or_error([&] { pipeline::decode_pgm(bytes, "fuzzed.pgm"); });
}
