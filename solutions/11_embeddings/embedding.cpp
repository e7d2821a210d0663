// A table of vectors. The contract is tinytorch/transformer/embedding.h.
#include "tinytorch/transformer/embedding.h"

#include <cmath>

#include "tinytorch/autograd/shaping.h"
#include "tinytorch/core/error.h"

namespace tinytorch::nn {

// --- 11.1 Whole numbers in floats ---

// Each value must equal its own std::trunc; NaN and infinity do not.
//   {3, 0} → {3, 0};  {1.5} → Error
std::vector<std::int64_t> whole_numbers(const Tensor& ids) {
  // BEGIN SOLUTION 11.1
  std::vector<std::int64_t> whole;
  whole.reserve(ids.data().size());
  for (const float id : ids.data()) {
    if (!std::isfinite(id) || std::trunc(id) != id) {
      throw Error(
          concat("embedding: id ", id, " at place ", whole.size(), " is not a whole number"));
    }
    whole.push_back(static_cast<std::int64_t>(id));
  }
  return whole;
  // END SOLUTION 11.1
}

Tensor ids_tensor(std::span<const std::int64_t> ids, Shape shape) {
  // BEGIN SOLUTION 11.1
  std::vector<float> values(ids.begin(), ids.end());
  return Tensor(std::move(shape), std::move(values));
  // END SOLUTION 11.1
}

// --- 11.2 Look up ---

// weight_: Tensor::randn of [num_embeddings, embedding_dim] times stddev, registered as "weight".
Embedding::Embedding(std::int64_t num_embeddings, std::int64_t embedding_dim, Rng& rng,
                     float stddev) {
  // BEGIN SOLUTION 11.2
  if (num_embeddings < 1 || embedding_dim < 1) {
    throw Error(concat("embedding: ", num_embeddings, " rows of ", embedding_dim,
                       " values; both must be at least 1"));
  }
  Tensor weight = Tensor::randn(Shape{num_embeddings, embedding_dim}, rng);
  for (float& value : weight.data()) value *= stddev;
  weight_ = register_parameter("weight", weight);
  // END SOLUTION 11.2
}

// Check the ids, then ops::index_select gathers the rows and records the gradient.
//   weight {10, 20, 30} [3, 1], ids {2, 0, 2} → {30, 10, 30}; a gradient of ones gives {1, 0, 2}.
Tensor Embedding::lookup(std::span<const std::int64_t> ids) const {
  // BEGIN SOLUTION 11.2
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] < 0 || ids[i] >= weight_.size(0)) {
      throw Error(concat("embedding: id ", ids[i], " at place ", i, "; rows are 0 to ",
                         weight_.size(0) - 1));
    }
  }
  return ops::index_select(weight_, ids);
  // END SOLUTION 11.2
}

// The ids in a row, then the shape of ids with one more dimension at the end.
Tensor Embedding::forward(const Tensor& ids) {
  // BEGIN SOLUTION 11.2
  std::vector<std::int64_t> sizes = ids.shape().sizes();
  sizes.push_back(weight_.size(1));
  return ops::reshape(lookup(whole_numbers(ids)), Shape(std::move(sizes)));
  // END SOLUTION 11.2
}

std::string Embedding::describe() const {
  return concat("Embedding(", weight_.size(0), ", ", weight_.size(1), ")");
}

}  // namespace tinytorch::nn
