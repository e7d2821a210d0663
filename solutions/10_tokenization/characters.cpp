// One token a byte. The contract is tinytorch/text/characters.h.
#include "tinytorch/text/characters.h"

#include "tinytorch/core/error.h"

namespace tinytorch::text {

// --- 10.1 Bytes ---

// A char may be signed: go through unsigned char, or 'é' becomes a negative token.
//   "A\xff" → {65, 255}
Tokens ByteTokenizer::encode(std::string_view text) const {
  // BEGIN SOLUTION 10.1
  Tokens tokens;
  tokens.reserve(text.size());
  for (const char c : text) tokens.push_back(static_cast<unsigned char>(c));
  return tokens;
  // END SOLUTION 10.1
}

// The way back; a token that is no byte is an Error.
std::string ByteTokenizer::decode(std::span<const std::int64_t> tokens) const {
  // BEGIN SOLUTION 10.1
  std::string text;
  text.reserve(tokens.size());
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i] < 0 || tokens[i] > 255) {
      throw Error(
          concat("byte_tokenizer: token ", tokens[i], " at place ", i, "; tokens are 0 to 255"));
    }
    text += static_cast<char>(tokens[i]);
  }
  return text;
  // END SOLUTION 10.1
}

// --- 10.2 A vocabulary of one's own ---

// 1. Mark which bytes occur, then number those in order of their values.
// 2. bytes_ leads from token to byte, token_ from byte to token (-1: none).
//   "banana": bytes_ "abn", token_['a'] 0, token_['b'] 1, token_['n'] 2.
CharTokenizer::CharTokenizer(std::string_view text) {
  // BEGIN SOLUTION 10.2
  if (text.empty()) throw Error("char_tokenizer: an empty text has no vocabulary");
  token_.fill(-1);
  for (const char c : text) token_[static_cast<unsigned char>(c)] = 0;
  for (std::size_t byte = 0; byte < token_.size(); ++byte) {
    if (token_[byte] < 0) continue;
    token_[byte] = static_cast<std::int64_t>(bytes_.size());
    bytes_ += static_cast<char>(byte);
  }
  // END SOLUTION 10.2
}

Tokens CharTokenizer::encode(std::string_view text) const {
  // BEGIN SOLUTION 10.2
  Tokens tokens;
  tokens.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::int64_t token = token_[static_cast<unsigned char>(text[i])];
    if (token < 0) {
      throw Error(concat("char_tokenizer: '", text[i], "' at place ", i,
                         " is not in the vocabulary of ", bytes_.size()));
    }
    tokens.push_back(token);
  }
  return tokens;
  // END SOLUTION 10.2
}

std::string CharTokenizer::decode(std::span<const std::int64_t> tokens) const {
  // BEGIN SOLUTION 10.2
  std::string text;
  text.reserve(tokens.size());
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i] < 0 || tokens[i] >= vocab_size()) {
      throw Error(concat("char_tokenizer: token ", tokens[i], " at place ", i,
                         "; the vocabulary has ", bytes_.size()));
    }
    text += bytes_[static_cast<std::size_t>(tokens[i])];
  }
  return text;
  // END SOLUTION 10.2
}

}  // namespace tinytorch::text
