#pragma once
// Constant folding: nodes whose inputs are all known are computed while importing. That is what
// becomes of shape arithmetic (Shape, Gather, Concat, Unsqueeze, …) and of weights that a file
// transposes or scales before it uses them. Internal to the import.

#include <optional>
#include <span>

#include "tinytorch/onnx/import/detail/source_graph.h"

namespace tinytorch::onnx {

// Results larger than this are refused: a few bytes of a file may ask for any size.
inline constexpr std::int64_t kMostFolded = std::int64_t{1} << 24;

// The node's only output, or nothing where the operator is not one of those that fold (fold.cpp,
// fold_shape.cpp). `inputs` may hold null pointers for what is left out. Throws Error, without the
// node's name, on inputs that do not fit the operator.
std::optional<SourceTensor> fold(const SourceNode& node,
                                 std::span<const SourceTensor* const> inputs);

// The part of it that computes: Add, Sub, Mul, Div, …, Cast, Equal, Where.
std::optional<SourceTensor> fold_arithmetic(const SourceNode& node,
                                            std::span<const SourceTensor* const> inputs);
// The part that moves values: Reshape, Transpose, Gather, Slice, Concat, ….
std::optional<SourceTensor> fold_moves(const SourceNode& node,
                                       std::span<const SourceTensor* const> inputs);

// Shape and Size of a value of that shape, which need not be known itself.
SourceTensor fold_shape(const SourceNode& node, const Sizes& shape);

// Broadcast to a shape that it fits; the dimensions in another order.
SourceTensor expanded(const SourceTensor& x, const Sizes& shape);
SourceTensor transposed(const SourceTensor& x, const Sizes& perm);

// The product of sizes; throws Error on a negative one and beyond `most`.
std::int64_t checked_count(const Sizes& shape, std::int64_t most = kMostFolded);
// The shape of two that are broadcast against each other. Throws Error naming both.
Sizes broadcast_shape(const Sizes& a, const Sizes& b);
// `axis` of a tensor of `rank` dimensions, counted from the end when negative. Throws Error.
std::size_t checked_axis(std::int64_t axis, std::size_t rank);
// What Reshape makes of `shape`: 0 keeps a size (unless `allow_zero`), one -1 takes what is left.
Sizes reshaped(const Sizes& shape, const Sizes& wanted, bool allow_zero);
// Input `i` as integers, or the attribute of that name, as older operator sets have it.
// Throws Error naming it where there is neither.
Sizes integers_of(const SourceNode& node, std::span<const SourceTensor* const> inputs,
                  std::size_t i, const std::string& attribute);
bool has_integers(const SourceNode& node, std::span<const SourceTensor* const> inputs,
                  std::size_t i, const std::string& attribute);

std::string describe(const Sizes& shape);  // "[2, 3]"

}  // namespace tinytorch::onnx
