#pragma once
// What every tokenizer does: text to whole numbers and back.
//
// A text is a string of bytes; UTF-8 needs no special care, a letter outside ASCII is simply more
// than one byte. Given.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tinytorch::text {

using Tokens = std::vector<std::int64_t>;

class Tokenizer {
 public:
  virtual ~Tokenizer() = default;
  // Tokens in [0, vocab_size()). decode(encode(text)) == text.
  virtual Tokens encode(std::string_view text) const = 0;
  // Throws Error naming the place and value of a token outside [0, vocab_size()).
  virtual std::string decode(std::span<const std::int64_t> tokens) const = 0;
  virtual std::int64_t vocab_size() const = 0;
};

}  // namespace tinytorch::text
