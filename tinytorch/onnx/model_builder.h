#pragma once
// Writes ONNX models: what another runtime loads, runs and can be compared with. Given.
//
// The message classes are ONNX's own (libonnx-dev, protobuf); they stay behind the Impl. Every
// model says operator set 17 and IR version 8, the pair that belongs together. The same calls in
// the same order give the same bytes.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tinytorch::onnx {

inline constexpr std::int64_t kOpset = 17;
inline constexpr std::int64_t kIrVersion = 8;

enum class ElementType { kFloat, kUint8, kInt8, kInt32, kInt64 };

// A size, or the name of one that is known only when the model runs: {"batch", 784}.
using Dimension = std::variant<std::int64_t, std::string>;

// A named setting of a node: {"axis", 1}, {"strides", {2, 2}}, {"mode", "constant"}.
struct Attribute {
  using Value =
      std::variant<std::int64_t, float, std::string, std::vector<std::int64_t>, std::vector<float>>;
  Attribute(std::string name_, Value value_) : name(std::move(name_)), value(std::move(value_)) {}
  std::string name;
  Value value;
};

// `text` as a C identifier, which is what ONNX wants names to be: "layer_3" stays, any other byte
// than a letter, a digit or a single '_' becomes "_x2e_", its code in hexadecimal, and so do a '_'
// before "x", a digit at the beginning, and the first letter of a keyword of C. No two texts give
// one name: "3.body.0" becomes
// "_x33__x2e_body_x2e_0".
std::string identifier(std::string_view text);
bool is_identifier(std::string_view name);
// The text that identifier() made `name` of; any other name as it is.
std::string original_text(std::string_view name);

// Names of the graph, of values and of free dimensions must be C identifiers; anything else is an
// Error. identifier() makes one of any text, a module's path, say.
class ModelBuilder {
 public:
  explicit ModelBuilder(std::string_view graph_name);
  ~ModelBuilder();
  ModelBuilder(ModelBuilder&&) noexcept;
  ModelBuilder& operator=(ModelBuilder&&) noexcept;

  void add_input(const std::string& name, ElementType type, const std::vector<Dimension>& shape);
  void add_output(const std::string& name, ElementType type, const std::vector<Dimension>& shape);

  // A constant, row-major; an empty shape is a scalar. Throws Error when the shape does not hold
  // as many elements as `values`.
  void add_initializer(const std::string& name, const std::vector<std::int64_t>& shape,
                       std::span<const float> values);
  void add_initializer(const std::string& name, const std::vector<std::int64_t>& shape,
                       std::span<const std::uint8_t> values);
  void add_initializer(const std::string& name, const std::vector<std::int64_t>& shape,
                       std::span<const std::int8_t> values);
  void add_initializer(const std::string& name, const std::vector<std::int64_t>& shape,
                       std::span<const std::int32_t> values);
  void add_initializer(const std::string& name, const std::vector<std::int64_t>& shape,
                       std::span<const std::int64_t> values);
  // A scalar, such as a scale or a zero-point.
  template <typename T>
  void add_scalar(const std::string& name, T value) {
    add_initializer(name, {}, std::span<const T>(&value, 1));
  }

  // One operator of ONNX's own domain. Nodes come in the order they run; a left-out optional input
  // is "". A node is named after its first output.
  void add_node(const std::string& op_type, const std::vector<std::string>& inputs,
                const std::vector<std::string>& outputs,
                const std::vector<Attribute>& attributes = {});

  // Provenance, kept with the model (metadata_props). A key set again takes the new value.
  void set_metadata(const std::string& key, const std::string& value);

  // The shape that ONNX's own inference finds for an input or the result of a node, from what was
  // added so far; a size that only running tells is "", and a shape of which not even the rank is
  // known is empty. Throws Error when there is no such value or inference fails.
  std::vector<Dimension> inferred_shape(const std::string& value) const;

  // The finished model. Throws Error with the words of ONNX's checker or of its shape inference
  // when the model is not valid: an unknown operator, a value that no node computes, a declared
  // output of another type or shape than the nodes give it, an operator that operator set 17 does
  // not define for the types it meets (GlobalMaxPool of uint8).
  std::string to_bytes() const;
  // The same into a file. Throws Error when it cannot be written.
  void save(const std::filesystem::path& path) const;
  // The same with the constants of `least` bytes and more in a second file, "<file>.data" beside
  // it (external data), which models beyond protobuf's 2 GB need. The file names its second one
  // without a folder, so both can be moved together and nothing else is ever read.
  void save_with_external_data(const std::filesystem::path& path, std::size_t least = 1024) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tinytorch::onnx
