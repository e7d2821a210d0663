#pragma once
// A tensor of a file in N:M form, as bytes: what compress_n_m() keeps, in the tensor's own type,
// then the places. Given (stored_n_m.cpp).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tinytorch/compression/sparse_storage.h"
#include "tinytorch/train/safetensors.h"

namespace tinytorch::compression {

// The pattern, m up to 16, in which the tensor takes the fewest bytes, and fewer than as it is; of
// equal ones the smallest m. Nothing where there is none, or where the form would not give every
// bit back: it holds F32, I8 and U8, in rows (two dimensions or more), no −0, and only numbers that
// are finite.
std::optional<NmPattern> find_n_m(const train::StoredTensor& tensor);

// The bytes. Throws Error when the pattern or the dtype does not suit the tensor.
std::string encode_n_m(const train::StoredTensor& tensor, NmPattern pattern);

// The dense bytes of a tensor with this dtype and shape again; `like` brings no bytes. Throws Error
// on anything that encode_n_m() would not have written: a pattern that does not suit, another
// number of bytes, a place of m or more, places that repeat or descend, a bit behind the last.
std::string decode_n_m(std::string_view coded, const train::StoredTensor& like, NmPattern pattern);

}  // namespace tinytorch::compression
