#pragma once
// Whole files: read, unpacked, written, found.
// Given (file.cpp).

#include <cstddef>
#include <string>
#include <string_view>

namespace tinytorch::data {

constexpr std::size_t kDefaultFileLimit = std::size_t{1} << 30;

// The bytes of a file as they are. Throws Error naming the file when it cannot be read, is not a
// regular file, or is larger than `limit` bytes.
std::string read_file(const std::string& path, std::size_t limit = kDefaultFileLimit);

// The same, unpacked where the file is in gzip format; `limit` counts unpacked bytes. When the file
// is cut off or damaged, the Error names the offset too.
std::string read_data_file(const std::string& path, std::size_t limit = kDefaultFileLimit);

// Writes a file whole or not at all: into a temporary file beside it, flushed to the disk and then
// renamed. A reader, or a run after Ctrl-C, sees the old content or the new. Throws Error naming
// the file and leaves no temporary file behind.
void write_file_atomically(const std::string& path, std::string_view content);

// The path of a file of the project's data/ folder: below $TINYTORCH_DATA, where that is set, else
// below data/ of the current folder or the nearest one above it that has the file.
// find_data_file("digits/digits.csv.gz"). Throws Error saying where it looked.
std::string find_data_file(const std::string& name);

}  // namespace tinytorch::data
