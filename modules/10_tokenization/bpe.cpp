// Byte-pair encoding. The contract is tinytorch/text/bpe.h.
#include "tinytorch/text/bpe.h"

#include <algorithm>

#include "tinytorch/core/error.h"
#include "tinytorch/text/characters.h"

namespace tinytorch::text {

// --- 10.3 Count neighbours ---

// Every place but the last begins a pair.
//   {1, 1, 1, 2} → {(1, 1): 2, (1, 2): 1}
std::map<Pair, std::int64_t> count_pairs(std::span<const std::int64_t> tokens) {
  throw tinytorch::not_implemented("10.3");
}

// --- 10.4 Merge a pair ---

// Walk from the left; where the pair stands, write `merged` and skip both of its tokens.
//   {1, 1, 1, 2}, (1, 1) → 9: {9, 1, 2}. The 1 in the middle is used up by the first match.
Tokens merge_pair(std::span<const std::int64_t> tokens, Pair pair, std::int64_t merged) {
  throw tinytorch::not_implemented("10.4");
}

// --- 10.5 Learn the merges ---

// Start from the bytes. While there are fewer than vocab_size tokens: count the pairs, take the
// most frequent (a map is walked in order, so keeping the first of equals takes the smallest),
// stop when it occurs only once, merge it and write it down.
//   "aaabdaaabac", 258 tokens: (a, a) occurs 4 times → 256; then (256, a) and (a, b) both occur
//   twice, and (97, 98) is smaller than (256, 97) → 257 = "ab".
std::vector<Pair> train_bpe(std::string_view text, std::int64_t vocab_size) {
  throw tinytorch::not_implemented("10.5");
}

// --- 10.6 Encode and decode ---

// pieces_: the 256 single bytes, then for each merge the bytes of its two halves together.
BpeTokenizer::BpeTokenizer(std::vector<Pair> merges) : merges_(std::move(merges)) {
  throw tinytorch::not_implemented("10.6");
}

// The merges again, in the order in which they were learned.
Tokens BpeTokenizer::encode(std::string_view text) const {
  throw tinytorch::not_implemented("10.6");
}

std::string BpeTokenizer::decode(std::span<const std::int64_t> tokens) const {
  throw tinytorch::not_implemented("10.6");
}

}  // namespace tinytorch::text
