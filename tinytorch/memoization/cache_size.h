#pragma once
// How many bytes a key-value cache takes, before one is made.
// You write this part: cache_size.cpp (memoization module).
//
// For every token the cache keeps one key and one value in every head of every layer. In float32
// each of their numbers takes 4 bytes. In int8 it takes 1, and each key and each value has a float
// scale of its own beside it.

#include <cstdint>

namespace tinytorch::memoization {

enum class Format { kFloat32, kInt8 };

// What the size of a cache depends on.
struct ModelSizes {
  std::int64_t layers = 1;
  std::int64_t heads = 1;
  std::int64_t head_dim = 1;  // numbers in one key of one head
};

// Task: Bytes of a cache for `tokens` tokens:
//     float32:  2 · layers · heads · head_dim · tokens · 4
//     int8:     2 · layers · heads · (head_dim + 4) · tokens
// Example: 4 layers of 4 heads of 32, 64 tokens: 262,144 bytes in float32, 73,728 in int8.
// Large models leave 32 bits behind (32 layers, 32 heads of 128, 4096 tokens: 4,294,967,296 bytes).
// Throws Error when the bytes do not fit in int64. Given lines refuse sizes below 1 and negative
// tokens.
std::int64_t cache_bytes(const ModelSizes& model, std::int64_t tokens, Format format);

// Task: The most tokens whose cache takes at most `budget` bytes; 0 when not even one fits.
// Example: the same model, float32: 4,096 bytes a token, so 10,000 bytes hold 2 tokens.
// Given lines refuse sizes below 1 and a negative budget.
std::int64_t tokens_within(const ModelSizes& model, std::int64_t budget, Format format);

}  // namespace tinytorch::memoization
