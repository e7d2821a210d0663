#pragma once
// A tensor of an ONNX file, wherever its values are: in one of the typed lists, in raw bytes or in
// a file of its own. Internal to the import.

#include <filesystem>
#include <string>

#include "tinytorch/onnx/import/detail/source_graph.h"

namespace onnx {
class TensorProto;
}

namespace tinytorch::onnx {

// Throws Error naming the tensor on a type other than the float, integer and bool ones, and where
// there are not as many values as the shape has.
SourceTensor read_tensor(const ::onnx::TensorProto& tensor, const std::filesystem::path& folder);

// The bytes that an external tensor names. Throws Error naming the tensor.
std::string read_external(const ::onnx::TensorProto& tensor, const std::filesystem::path& folder);

bool is_external(const ::onnx::TensorProto& tensor);
// Of one value of raw data; 0 for a type that cannot be read.
std::size_t element_bytes(std::int32_t type);
// Throws Error naming the tensor on a negative size and on more elements than a file can hold.
std::size_t element_count(const ::onnx::TensorProto& tensor);

}  // namespace tinytorch::onnx
