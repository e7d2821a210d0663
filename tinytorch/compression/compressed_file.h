#pragma once
// A model on disk, as small as it gets without losing a bit: sparse tensors as bitmaps or in N:M
// form, all of it through zlib's deflate at its best level. Given (compressed_file.cpp).
//
// Bytes are not estimated but looked up in the file system. Deflate is Huffman coding (what Han et
// al. used) behind a search for repetitions.

#include <cstdint>
#include <string>

#include "tinytorch/train/safetensors.h"

namespace tinytorch::compression {

enum class Coding {
  kDense,     // tensors as they are
  kBitmap,    // encode_bitmap() for every tensor that gets smaller by it
  kSmallest,  // each tensor in the form of fewest bytes: as it is, as a bitmap, or N:M
              // (stored_n_m.h)
};

// One safetensors document, deflated at level 9. A coded tensor "0.weight" is stored as U8 bytes of
// the same name. What it was stands in the metadata: its dtype and shape, "F32 256 64", under
// "bitmap:0.weight"; or behind its pattern, "2:4 F32 256 64", under "nm:0.weight". Bytes are
// compared before they are deflated; where a bitmap takes as many as N:M it is N:M, whose groups
// begin at known places. Returns the size of the file. Whole or not at all; throws Error naming the
// file, also when a key of the content's metadata begins like one of those two.
std::int64_t write_compressed(const std::string& path, const train::SafeTensors& content,
                              Coding coding);

// The same tensors and metadata, bit for bit. Throws Error naming the file and what is malformed.
train::SafeTensors read_compressed(const std::string& path);

}  // namespace tinytorch::compression
