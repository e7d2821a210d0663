#pragma once
// Reading whole data files, compressed or not, and finding them.
// Given (file.cpp).

#include <string>

namespace tinytorch::data {

// The content of a file; one in gzip format is unpacked. Throws Error naming the file when it
// cannot be read, is larger than `limit` bytes unpacked, or is cut off or damaged: then the Error
// names the offset in the file too.
std::string read_file(const std::string& path, std::size_t limit = std::size_t{1} << 30);

// The path of a file of the project's data/ folder: below $TINYTORCH_DATA, where that is set, else
// below data/ of the current folder or the nearest one above it that has the file.
// find_data_file("digits/digits.csv.gz"). Throws Error saying where it looked.
std::string find_data_file(const std::string& name);

}  // namespace tinytorch::data
