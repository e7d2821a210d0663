// Templates that nearly every source uses, compiled once.
//
// At -O0 a source would compile each function of std::vector<float> anew, which is a fifth of the
// time from saving a file to its verdict. Learners' precompiled header ends with this one; nothing
// else needs it. Eager instantiation costs compile time itself, so the list is short.

#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "tinytorch/core/tensor.h"

// EXTERN is a keyword or nothing: NOLINTBEGIN(bugprone-macro-parentheses)
#define TINYTORCH_COMMON_INSTANCES(EXTERN)              \
  EXTERN template class std::vector<float>;             \
  EXTERN template class std::vector<std::int8_t>;       \
  EXTERN template class std::vector<std::uint8_t>;      \
  EXTERN template class std::vector<std::int32_t>;      \
  EXTERN template class std::vector<std::int64_t>;      \
  EXTERN template class std::vector<std::size_t>;       \
  EXTERN template class std::vector<tinytorch::Tensor>; \
  EXTERN template class std::span<float>;               \
  EXTERN template class std::span<const float>;         \
  EXTERN template class std::span<std::int8_t>;         \
  EXTERN template class std::span<const std::int8_t>;   \
  EXTERN template class std::span<const std::int64_t>;  \
  EXTERN template class std::basic_string<char>;
// NOLINTEND(bugprone-macro-parentheses)

#ifndef TINYTORCH_DEFINE_COMMON_INSTANCES
TINYTORCH_COMMON_INSTANCES(extern)
#endif
