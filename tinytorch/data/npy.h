#pragma once
// NumPy's .npy files: one array, as numpy.save writes it. Given (npy.cpp).
//
// 6 bytes "\x93NUMPY", the version, the length of the header (2 bytes in version 1, 4 in 2 and 3),
// the header, a Python dictionary {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }, then
// the values (numpy.lib.format). Little-endian float32, float64 and integers of 8 to 64 bits and
// bool can be read, in C order.

#include <string>
#include <string_view>

#include "tinytorch/core/tensor.h"

namespace tinytorch::data {

// The array as floats. A float64 is rounded to the nearest float; an integer must be one exactly,
// and from 2^24 on not every one is. Throws Error naming the file and the place when it is
// malformed, of another type or order, or ends early or late.
Tensor read_npy(const std::string& path);
// The same of bytes; `source` names them in errors.
Tensor decode_npy(std::string_view bytes, const std::string& source);

// Version 1, float32.
std::string encode_npy(const Tensor& values);

}  // namespace tinytorch::data
