#include "tinytorch/data/csv.h"

#include "tests/fuzz/fuzz.h"

using namespace tinytorch;

FUZZ_TARGET(csv) {
  const fuzz::MemoryFile file(bytes);
  fuzz::value_or_error([&] {
    const auto table = data::CsvTable::read(file.path(), {.has_header = true});
    table.numbers(0, table.columns());
  });
}
