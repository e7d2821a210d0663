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
  throw tinytorch::not_implemented("11.1");
}

Tensor ids_tensor(std::span<const std::int64_t> ids, Shape shape) {
  throw tinytorch::not_implemented("11.1");
}

// --- 11.2 Look up ---

// weight_: Tensor::randn of [num_embeddings, embedding_dim] times stddev, registered as "weight".
Embedding::Embedding(std::int64_t num_embeddings, std::int64_t embedding_dim, Rng& rng,
                     float stddev) {
  throw tinytorch::not_implemented("11.2");
}

// Check the ids, then ops::index_select gathers the rows and records the gradient.
//   weight {10, 20, 30} [3, 1], ids {2, 0, 2} → {30, 10, 30}; a gradient of ones gives {1, 0, 2}.
Tensor Embedding::lookup(std::span<const std::int64_t> ids) const {
  throw tinytorch::not_implemented("11.2");
}

// The ids in a row, then the shape of ids with one more dimension at the end.
Tensor Embedding::forward(const Tensor& ids) {
  throw tinytorch::not_implemented("11.2");
}

std::string Embedding::describe() const {
  return concat("Embedding(", weight_.size(0), ", ", weight_.size(1), ")");
}

}  // namespace tinytorch::nn
