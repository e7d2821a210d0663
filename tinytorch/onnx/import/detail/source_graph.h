#pragma once
// What an ONNX file says, without protobuf: nodes, constants, inputs and outputs, checked to belong
// together. read_model.h fills it. Internal to the import.

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace tinytorch::onnx {

using Sizes = std::vector<std::int64_t>;

// A constant, row-major. Every float type becomes float, every integer type and bool int64.
struct SourceTensor {
  Sizes shape;
  std::variant<std::vector<float>, std::vector<std::int64_t>> values;

  bool is_float() const { return values.index() == 0; }
  const std::vector<float>& floats() const { return std::get<0>(values); }
  const std::vector<std::int64_t>& integers() const { return std::get<1>(values); }
  std::size_t count() const { return is_float() ? floats().size() : integers().size(); }
};

// An attribute of a kind that no operator here reads: a subgraph, a list of strings.
struct OtherAttribute {
  std::string kind;
};

using SourceAttribute = std::variant<std::int64_t, float, std::string, Sizes, std::vector<float>,
                                     SourceTensor, OtherAttribute>;

struct SourceNode {
  std::string name;  // as the file has it; "node 12" where it has none
  std::string op;
  std::vector<std::string> inputs;  // "" for one that is left out
  std::vector<std::string> outputs;
  std::map<std::string, SourceAttribute> attributes;

  // "node Conv_3 (Conv)", for errors.
  std::string place() const { return "node " + name + " (" + op + ")"; }
  bool has(const std::string& attribute) const { return attributes.contains(attribute); }
  bool has_input(std::size_t i) const { return i < inputs.size() && !inputs[i].empty(); }
  // The attribute, or `otherwise` where the node does not have it. Throws Error naming the node on
  // an attribute of another kind.
  std::int64_t integer(const std::string& attribute, std::int64_t otherwise) const;
  float number(const std::string& attribute, float otherwise) const;
  std::string text(const std::string& attribute, const std::string& otherwise) const;
  Sizes integers(const std::string& attribute, const Sizes& otherwise) const;
};

// A size is a number, or the name of one that is known only when the model runs ("" where the file
// gives neither).
struct SourceSize {
  std::int64_t value = -1;
  std::string name;
};

struct SourceValue {
  std::string name;
  bool is_float = true;
  bool has_shape = false;
  std::vector<SourceSize> shape;
};

struct SourceGraph {
  std::int64_t opset = 0;
  std::vector<SourceValue> inputs;  // without those that are constants
  std::vector<std::string> outputs;
  std::map<std::string, SourceTensor> constants;
  std::vector<SourceNode> nodes;  // each after those whose results it reads
};

}  // namespace tinytorch::onnx
