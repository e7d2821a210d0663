#pragma once
// Reads an ONNX file. Everything in it is a stranger's: whatever is malformed, missing or too large
// is an Error that names the place, and memory is taken only for what the file really holds.

#include <filesystem>
#include <string>
#include <string_view>

#include "tinytorch/onnx/import/detail/source_graph.h"

namespace tinytorch::onnx {

inline constexpr std::int64_t kLeastOpset = 9;
inline constexpr std::int64_t kMostOpset = 17;
inline constexpr std::size_t kLargestModel = std::size_t{1} << 30;  // bytes
// Nodes, tensors, attributes and names together. A message of two bytes in the file takes hundreds
// in memory, so that the file's size alone does not bound it.
inline constexpr std::int64_t kMostMessages = 1'000'000;

// Constants in files of their own (external data) are read from the model's folder and from nowhere
// else: data::path_inside says which paths are refused.
SourceGraph read_model(const std::filesystem::path& file);
// The same of bytes. External data are read from `folder`; "" refuses them.
SourceGraph read_model(std::string_view bytes, const std::filesystem::path& folder);

// The model as one file: external data put inside. For runtimes that are handed bytes.
std::string self_contained(std::string_view bytes, const std::filesystem::path& folder);

// How many length-delimited fields the bytes of a model hold. Throws Error on bytes that are no
// protobuf message, or as soon as there are more than `most`.
std::int64_t count_messages(std::string_view bytes, std::int64_t most = kMostMessages);

}  // namespace tinytorch::onnx
