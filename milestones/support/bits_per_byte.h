#pragma once
// How well a language model predicts a text, in a unit that does not depend on its tokens.

#include <cstdint>
#include <string_view>

#include "tinytorch/transformer/gpt.h"

namespace tinytorch::milestones {

// (nats / ln 2) · (tokens / bytes), where `nats` is the mean cross-entropy of a token. Throws Error
// unless tokens and bytes are at least 1.
double bits_per_byte(double nats, std::int64_t tokens, std::int64_t bytes);

// Of a byte-level model on every byte of `text` but the first. Windows of the model's context
// length begin `stride` bytes apart; each predicts the bytes that no window before it did. With the
// context length itself windows stand side by side, and a byte has half a context before it on
// average; a smaller stride slides them, and all but the first have at least context − stride
// bytes. Throws Error unless 1 <= stride <= context and the text is longer than the context.
double text_bits_per_byte(nn::Gpt& model, std::string_view text, std::int64_t stride);

}  // namespace tinytorch::milestones
