#pragma once
// The safetensors format: named tensors in one file that can be read without running anything.
//
// 8 bytes: length of the header, little-endian. The header: JSON, {"name": {"dtype": "F32",
// "shape": [2, 3], "data_offsets": [0, 24]}, …, "__metadata__": {"key": "value"}}, padded with
// spaces. Then the values, little-endian, row-major, without gaps
// (github.com/huggingface/safetensors). Given (safetensors.cpp). A malformed file is an Error
// naming file and offset, never a crash.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tinytorch/core/tensor.h"

namespace tinytorch::train {

struct StoredTensor {
  std::string name;
  std::string dtype;  // "F32", "I8", …: see dtype_bytes()
  Shape shape;
  std::string bytes;
};

struct SafeTensors {
  std::vector<StoredTensor> tensors;
  std::vector<std::pair<std::string, std::string>> metadata;

  // Throws Error naming the tensors there are, or the metadata's keys.
  const StoredTensor& tensor(const std::string& name) const;
  const std::string& value(const std::string& key) const;
};

// Bytes of one value: F64, I64, U64 8; F32, I32, U32 4; F16, BF16, I16, U16 2; I8, U8, BOOL
// and F8_E4M3, F8_E5M2, F8_E8M0 1; 0 for any other name.
std::int64_t dtype_bytes(std::string_view dtype);

StoredTensor store(std::string name, const Tensor& tensor);  // as F32
// The values as floats:
//   F32, F16, BF16, I8, U8, I16, U16    exactly
//   F8_E4M3, F8_E5M2, F8_E8M0           exactly
//   BOOL                                0 and 1
//   I32, U32, I64, U64                  exactly, or an Error: from 2^24 on not every integer is a
//                                       float, and a rounded index is another index
//   F64                                 rounded to the nearest float, ties to even
// Infinity and NaN stay what they are. Throws Error naming tensor, place and value on an integer
// that is no float, a BOOL that is neither 0 nor 1, a finite F64 beyond the range of a float, and
// on a dtype it does not know.
Tensor restore(const StoredTensor& stored);

// Tensors in the order of their dtype's size, largest first (so that each stands at a multiple of
// its size), otherwise as given. Throws Error on a name used twice, a dtype unknown, or bytes that
// do not match the shape.
std::string encode_safetensors(const SafeTensors& content);
// `source` names the bytes in errors.
SafeTensors decode_safetensors(std::string_view bytes, const std::string& source);

// Whole or not at all.
void write_safetensors(const std::string& path, const SafeTensors& content);
SafeTensors read_safetensors(const std::string& path);

}  // namespace tinytorch::train
