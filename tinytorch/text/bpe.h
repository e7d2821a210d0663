#pragma once
// Byte-pair encoding: whatever often stands side by side becomes one token.
//
// Tokens 0 to 255 are the bytes. Training finds the most frequent pair of neighbouring tokens,
// gives it the next number, replaces it everywhere, and starts again. Encoding replays the merges
// in the order in which they were learned.
// Source: Gage, "A new algorithm for data compression", 1994; Sennrich, Haddow & Birch, "Neural
// machine translation of rare words with subword units", 2016.
// Written in the tokenization module (bpe.cpp).

#include <map>
#include <utility>
#include <vector>

#include "tinytorch/text/tokenizer.h"

namespace tinytorch::text {

using Pair = std::pair<std::int64_t, std::int64_t>;

// How often each pair of neighbours occurs: {1, 1, 1, 2} → (1, 1) twice, (1, 2) once.
std::map<Pair, std::int64_t> count_pairs(std::span<const std::int64_t> tokens);

// Every occurrence of `pair` replaced by `merged`, from the left, without overlap:
// {1, 1, 1, 2} with (1, 1) → 9 gives {9, 1, 2}.
Tokens merge_pair(std::span<const std::int64_t> tokens, Pair pair, std::int64_t merged);

// The pairs to merge, most frequent first, until there are `vocab_size` tokens or no pair occurs
// twice; entry i becomes token 256 + i. Of equally frequent pairs the smallest wins. Throws Error
// when vocab_size < 256.
std::vector<Pair> train_bpe(std::string_view text, std::int64_t vocab_size);

class BpeTokenizer : public Tokenizer {
 public:
  // Throws Error when a merge names a token that does not exist before it.
  explicit BpeTokenizer(std::vector<Pair> merges);

  Tokens encode(std::string_view text) const override;
  std::string decode(std::span<const std::int64_t> tokens) const override;
  std::int64_t vocab_size() const override { return static_cast<std::int64_t>(pieces_.size()); }
  const std::vector<Pair>& merges() const { return merges_; }

 private:
  std::vector<Pair> merges_;
  std::vector<std::string> pieces_;  // the bytes each token stands for
};

}  // namespace tinytorch::text
