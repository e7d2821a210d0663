#pragma once
// Embedding: a table of vectors, one a token, in PyTorch's terms.
// Written in the embeddings module (embedding.cpp).

#include <cstdint>
#include <span>
#include <vector>

#include "tinytorch/core/rng.h"
#include "tinytorch/nn/module.h"

namespace tinytorch::nn {

// Parameter "weight" [num_embeddings, embedding_dim].
class Embedding : public Module {
 public:
  // Drawn from N(0, stddev²); 1 is PyTorch's default, 0.02 GPT-2's. Throws Error unless both sizes
  // are at least 1.
  Embedding(std::int64_t num_embeddings, std::int64_t embedding_dim, Rng& rng = default_rng(),
            float stddev = 1.0f);

  // ids [...], whole numbers held as floats (so that a layer like any other can read them) →
  // [..., embedding_dim]. Row ids[i] of the table stands at place i; the gradients of a row that is
  // used several times add up. Throws Error on an id that is no whole number or no row:
  // "embedding: id 300 at place 5; rows are 0 to 255".
  Tensor forward(const Tensor& ids) override;
  // The same for ids that are integers already: [n] → [n, embedding_dim].
  Tensor lookup(std::span<const std::int64_t> ids) const;
  std::string describe() const override;  // "Embedding(256, 128)"

  const Tensor& weight() const { return weight_; }

 private:
  Tensor weight_;
};

// The whole numbers in `ids`. Throws Error "embedding: id 1.5 at place 0 is not a whole number".
std::vector<std::int64_t> whole_numbers(const Tensor& ids);

// The tokens as a Tensor of floats of shape `shape`. Exact below 2^24. Throws Error when the
// numbers of elements differ.
Tensor ids_tensor(std::span<const std::int64_t> ids, Shape shape);

}  // namespace tinytorch::nn
