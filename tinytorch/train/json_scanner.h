#pragma once
// Just enough JSON for a safetensors header, strict and bounds-checked.
// Given (json_scanner.cpp).

#include <cstdint>
#include <string>
#include <string_view>

#include "tinytorch/core/error.h"

namespace tinytorch::train {

// Reads a text from left to right; whatever is not as asked for throws an Error that names the
// source and the offset.
class JsonScanner {
 public:
  // `offset` is where `text` begins in its source: added to the offsets in errors.
  JsonScanner(std::string_view text, std::string source, std::size_t offset)
      : text_(text), source_(std::move(source)), offset_(offset) {}

  // Skips white space, then takes `c`.
  void expect(char c);
  // The same, if it is there.
  bool accept(char c);
  // A string with its escapes resolved, \u included (surrogate pairs become one character).
  std::string string();
  // A whole number from 0 to 2^63 − 1, without sign, fraction or exponent.
  std::int64_t integer();
  // Nothing but white space is left.
  void expect_end();

  Error error(std::string_view what) const;

  // Calls element() for each element of an object or array, from its opening to its closing
  // bracket.
  template <typename Element>
  void each(char open, char close, Element element) {
    expect(open);
    if (accept(close)) return;
    do {
      element();
    } while (accept(','));
    expect(close);
  }

 private:
  void skip_space();
  char take();
  std::uint32_t hex4();
  std::uint32_t code_point();  // after "\u"

  std::string_view text_;
  std::string source_;
  std::size_t offset_;
  std::size_t position_ = 0;
};

// `text` as a JSON string, quotes included.
std::string json_quote(std::string_view text);

}  // namespace tinytorch::train
