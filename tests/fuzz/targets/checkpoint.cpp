#include "tinytorch/train/checkpoint.h"

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/small_training.h"

using namespace tinytorch;

FUZZ_TARGET(checkpoint) {
  const fuzz::MemoryFile file(bytes);
  fuzz::SmallTraining training;
  fuzz::value_or_error(
      [&] { train::load_checkpoint(file.path(), *training.model, training.parts()); });
}

FUZZ_TARGET(weights) {
  const fuzz::MemoryFile file(bytes);
  fuzz::SmallTraining training;
  fuzz::value_or_error([&] { train::load_weights(file.path(), *training.model); });
}
