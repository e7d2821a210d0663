#include "tinytorch/data/idx.h"

#include "tests/fuzz/fuzz.h"

using namespace tinytorch;

FUZZ_TARGET(idx) {
  const fuzz::MemoryFile file(bytes);
  fuzz::value_or_error([&] { data::read_idx(file.path()); });
}

// The same bytes as images and as labels.
FUZZ_TARGET(idx_pair) {
  const fuzz::MemoryFile file(bytes);
  fuzz::value_or_error([&] { data::load_idx(file.path(), file.path()); });
}
