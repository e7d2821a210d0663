#pragma once
// The two simplest tokenizers: one token a byte.
//
// ByteTokenizer knows all 256 bytes and needs no training; CharTokenizer numbers only those that
// occur in a text, which makes a small model's last layer small as well.
// Written in the tokenization module (characters.cpp).

#include <array>
#include <string>

#include "tinytorch/text/tokenizer.h"

namespace tinytorch::text {

// Token = the byte's value, 0 to 255.
class ByteTokenizer : public Tokenizer {
 public:
  Tokens encode(std::string_view text) const override;
  // Throws Error "byte_tokenizer: token 300 at place 2; tokens are 0 to 255".
  std::string decode(std::span<const std::int64_t> tokens) const override;
  std::int64_t vocab_size() const override { return 256; }
};

// Token = the rank of the byte among the distinct bytes of `text`, in order of their values.
class CharTokenizer : public Tokenizer {
 public:
  // "banana" → vocabulary "abn". Throws Error "char_tokenizer: an empty text has no vocabulary".
  explicit CharTokenizer(std::string_view text);

  // "ban" → {1, 0, 2}. Throws Error "char_tokenizer: 'x' at place 4 is not in the vocabulary of 3".
  Tokens encode(std::string_view text) const override;
  std::string decode(std::span<const std::int64_t> tokens) const override;
  std::int64_t vocab_size() const override { return static_cast<std::int64_t>(bytes_.size()); }

 private:
  std::string bytes_;                    // by token
  std::array<std::int64_t, 256> token_;  // by byte; -1 where it is not in the vocabulary
};

}  // namespace tinytorch::text
