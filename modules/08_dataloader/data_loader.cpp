// Batches. The contract is tinytorch/data/data_loader.h.
#include "tinytorch/data/data_loader.h"

#include <algorithm>
#include <numeric>

#include "tinytorch/core/error.h"

namespace tinytorch::data {

DataLoader::DataLoader(const Dataset& dataset, const LoaderOptions& options)
    : dataset_(dataset), options_(options), rng_(options.seed) {
  if (options.batch_size < 1) {
    throw Error(concat("data loader: batch size ", options.batch_size, "; expected 1 or more"));
  }
}

// --- 08.3 An epoch's order ---

// 1. order_ = 0, 1, …, size − 1, and position_ = 0.
// 2. With shuffle, rng_.shuffle(order_). rng_ is a member, not made anew: every epoch is different,
//    and the same seed gives the same sequence of epochs.
void DataLoader::start_epoch() {
  throw tinytorch::not_implemented("08.3");
}

// --- 08.4 Batches ---

// Take the next batch_size numbers of order_ (fewer at the end), advance position_, and let the
// dataset get() them. Return false when nothing is left, or, with drop_last, no full batch.
//   10 examples, batch size 4: 4, 4, 2, then false; with drop_last: 4, 4, then false.
bool DataLoader::next(Batch& batch) {
  throw tinytorch::not_implemented("08.4");
}

std::int64_t DataLoader::batches() const {
  throw tinytorch::not_implemented("08.4");
}

}  // namespace tinytorch::data
