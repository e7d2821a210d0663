// One token a byte. The contract is tinytorch/text/characters.h.
#include "tinytorch/text/characters.h"

#include "tinytorch/core/error.h"

namespace tinytorch::text {

// --- 10.1 Bytes ---

// A char may be signed: go through unsigned char, or 'é' becomes a negative token.
//   "A\xff" → {65, 255}
Tokens ByteTokenizer::encode(std::string_view text) const {
  throw tinytorch::not_implemented("10.1");
}

// The way back; a token that is no byte is an Error.
std::string ByteTokenizer::decode(std::span<const std::int64_t> tokens) const {
  throw tinytorch::not_implemented("10.1");
}

// --- 10.2 A vocabulary of one's own ---

// 1. Mark which bytes occur, then number those in order of their values.
// 2. bytes_ leads from token to byte, token_ from byte to token (-1: none).
//   "banana": bytes_ "abn", token_['a'] 0, token_['b'] 1, token_['n'] 2.
CharTokenizer::CharTokenizer(std::string_view text) {
  throw tinytorch::not_implemented("10.2");
}

Tokens CharTokenizer::encode(std::string_view text) const {
  throw tinytorch::not_implemented("10.2");
}

std::string CharTokenizer::decode(std::span<const std::int64_t> tokens) const {
  throw tinytorch::not_implemented("10.2");
}

}  // namespace tinytorch::text
