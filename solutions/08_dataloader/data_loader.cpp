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
  // BEGIN SOLUTION 08.3
  order_.resize(static_cast<std::size_t>(dataset_.size()));
  std::iota(order_.begin(), order_.end(), std::int64_t{0});
  if (options_.shuffle) rng_.shuffle(order_);
  position_ = 0;
  // END SOLUTION 08.3
}

// --- 08.4 Batches ---

// Take the next batch_size numbers of order_ (fewer at the end), advance position_, and let the
// dataset get() them. Return false when nothing is left, or, with drop_last, no full batch.
//   10 examples, batch size 4: 4, 4, 2, then false; with drop_last: 4, 4, then false.
bool DataLoader::next(Batch& batch) {
  // BEGIN SOLUTION 08.4
  const std::int64_t left = static_cast<std::int64_t>(order_.size()) - position_;
  const std::int64_t count = std::min(left, options_.batch_size);
  if (count == 0 || (options_.drop_last && count < options_.batch_size)) return false;
  const std::span<const std::int64_t> order(order_);
  batch = dataset_.get(
      order.subspan(static_cast<std::size_t>(position_), static_cast<std::size_t>(count)));
  position_ += count;
  return true;
  // END SOLUTION 08.4
}

std::int64_t DataLoader::batches() const {
  // BEGIN SOLUTION 08.4
  const std::int64_t extra = options_.drop_last ? 0 : options_.batch_size - 1;
  return (dataset_.size() + extra) / options_.batch_size;
  // END SOLUTION 08.4
}

}  // namespace tinytorch::data
