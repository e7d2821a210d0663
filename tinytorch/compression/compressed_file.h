#pragma once
// A model on disk, as small as it gets without losing a bit: sparse tensors as bitmaps, all of it
// through zlib's deflate at its best level. Given (compressed_file.cpp).
//
// Bytes are not estimated but looked up in the file system. Deflate is Huffman coding (what Han et
// al. used) behind a search for repetitions.

#include <cstdint>
#include <string>

#include "tinytorch/train/safetensors.h"

namespace tinytorch::compression {

enum class Coding {
  kDense,   // tensors as they are
  kBitmap,  // encode_bitmap() for every tensor that gets smaller by it
};

// One safetensors document, deflated at level 9. A coded tensor "0.weight" is stored as U8 bytes of
// the same name; its dtype and shape stand in the metadata under "bitmap:0.weight". Returns the
// size of the file. Whole or not at all; throws Error naming the file.
std::int64_t write_compressed(const std::string& path, const train::SafeTensors& content,
                              Coding coding);

// The same tensors and metadata, bit for bit. Throws Error naming the file and what is malformed.
train::SafeTensors read_compressed(const std::string& path);

}  // namespace tinytorch::compression
