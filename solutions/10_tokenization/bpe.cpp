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
  // BEGIN SOLUTION 10.3
  std::map<Pair, std::int64_t> counts;
  for (std::size_t i = 1; i < tokens.size(); ++i) ++counts[{tokens[i - 1], tokens[i]}];
  return counts;
  // END SOLUTION 10.3
}

// --- 10.4 Merge a pair ---

// Walk from the left; where the pair stands, write `merged` and skip both of its tokens.
//   {1, 1, 1, 2}, (1, 1) → 9: {9, 1, 2}. The 1 in the middle is used up by the first match.
Tokens merge_pair(std::span<const std::int64_t> tokens, Pair pair, std::int64_t merged) {
  // BEGIN SOLUTION 10.4
  Tokens out;
  out.reserve(tokens.size());
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const bool match =
        i + 1 < tokens.size() && tokens[i] == pair.first && tokens[i + 1] == pair.second;
    out.push_back(match ? merged : tokens[i]);
    if (match) ++i;
  }
  return out;
  // END SOLUTION 10.4
}

// --- 10.5 Learn the merges ---

// Start from the bytes. While there are fewer than vocab_size tokens: count the pairs, take the
// most frequent (a map is walked in order, so keeping the first of equals takes the smallest),
// stop when it occurs only once, merge it and write it down.
//   "aaabdaaabac", 258 tokens: (a, a) occurs 4 times → 256; then (256, a) and (a, b) both occur
//   twice, and (97, 98) is smaller than (256, 97) → 257 = "ab".
std::vector<Pair> train_bpe(std::string_view text, std::int64_t vocab_size) {
  // BEGIN SOLUTION 10.5
  if (vocab_size < 256) {
    throw Error(concat("train_bpe: a vocabulary of ", vocab_size, " does not hold the 256 bytes"));
  }
  std::vector<Pair> merges;
  Tokens tokens = ByteTokenizer().encode(text);
  for (std::int64_t token = 256; token < vocab_size; ++token) {
    const auto counts = count_pairs(tokens);
    const auto best =
        std::max_element(counts.begin(), counts.end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; });
    if (best == counts.end() || best->second < 2) break;
    merges.push_back(best->first);
    tokens = merge_pair(tokens, best->first, token);
  }
  return merges;
  // END SOLUTION 10.5
}

// --- 10.6 Encode and decode ---

// pieces_: the 256 single bytes, then for each merge the bytes of its two halves together.
BpeTokenizer::BpeTokenizer(std::vector<Pair> merges) : merges_(std::move(merges)) {
  // BEGIN SOLUTION 10.6
  for (int byte = 0; byte < 256; ++byte) pieces_.emplace_back(1, static_cast<char>(byte));
  for (const auto& [left, right] : merges_) {
    if (left < 0 || right < 0 || left >= vocab_size() || right >= vocab_size()) {
      throw Error(concat("bpe: token ", pieces_.size(), " merges ", left, " and ", right,
                         ", which do not both exist before it"));
    }
    pieces_.push_back(pieces_[static_cast<std::size_t>(left)] +
                      pieces_[static_cast<std::size_t>(right)]);
  }
  // END SOLUTION 10.6
}

// The merges again, in the order in which they were learned.
Tokens BpeTokenizer::encode(std::string_view text) const {
  // BEGIN SOLUTION 10.6
  Tokens tokens = ByteTokenizer().encode(text);
  for (std::size_t i = 0; i < merges_.size(); ++i) {
    tokens = merge_pair(tokens, merges_[i], 256 + static_cast<std::int64_t>(i));
  }
  return tokens;
  // END SOLUTION 10.6
}

std::string BpeTokenizer::decode(std::span<const std::int64_t> tokens) const {
  // BEGIN SOLUTION 10.6
  std::string text;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i] < 0 || tokens[i] >= vocab_size()) {
      throw Error(concat("bpe: token ", tokens[i], " at place ", i, "; the vocabulary has ",
                         pieces_.size()));
    }
    text += pieces_[static_cast<std::size_t>(tokens[i])];
  }
  return text;
  // END SOLUTION 10.6
}

}  // namespace tinytorch::text
