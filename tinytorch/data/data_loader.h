#pragma once
// DataLoader: a dataset in batches, shuffled anew every epoch.
// Written in the dataloader module (data_loader.cpp).

#include <cstddef>
#include <iterator>

#include "tinytorch/core/rng.h"
#include "tinytorch/data/batch_source.h"

namespace tinytorch::data {

struct LoaderOptions {
  std::int64_t batch_size = 32;
  bool shuffle = false;
  bool drop_last = false;  // leave out a last batch that is not full
  std::uint64_t seed = 0;  // of the order; each epoch continues the same stream
};

// Keeps a reference to the dataset, which must outlive it.
//   for (const Batch& batch : loader) { … }   is one epoch; the same loop again is the next one.
class DataLoader : public BatchSource {
 public:
  // Throws Error when batch_size is below 1.
  DataLoader(const Dataset& dataset, const LoaderOptions& options);

  // Puts the examples in order (0, 1, … or, with shuffle, a new random order) and starts from the
  // first one.
  void start_epoch() override;
  bool next(Batch& batch) override;
  // size / batch_size, rounded up, or down with drop_last.
  std::int64_t batches() const override;
  // The random stream, and this epoch's order and place. Given.
  State state() const override;
  void load_state(const State& state) override;

  // One pass: begin() calls start_epoch().
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Batch;
    using difference_type = std::ptrdiff_t;
    Iterator() = default;
    explicit Iterator(DataLoader* loader) : loader_(loader) { ++*this; }
    const Batch& operator*() const { return batch_; }
    const Batch* operator->() const { return &batch_; }
    Iterator& operator++() {
      if (!loader_->next(batch_)) loader_ = nullptr;
      return *this;
    }
    void operator++(int) { ++*this; }
    bool operator==(const Iterator& other) const { return loader_ == other.loader_; }

   private:
    DataLoader* loader_ = nullptr;  // null at the end
    Batch batch_;
  };
  Iterator begin() {
    start_epoch();
    return Iterator(this);
  }
  Iterator end() { return {}; }

 private:
  const Dataset& dataset_;
  LoaderOptions options_;
  Rng rng_;
  std::vector<std::int64_t> order_;
  std::int64_t position_ = 0;  // in order_, of the next batch's first example
};

}  // namespace tinytorch::data
