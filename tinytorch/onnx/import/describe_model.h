#pragma once
// What any ONNX file says about itself, ours or a stranger's: for show, compare and the registry's
// checks. Nothing is run, and no operator need be known. Given.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tinytorch::onnx {

// Texts are as the file has them: whoever prints them escapes them.
struct ValueDescription {
  std::string name = {};
  std::string type = {};  // "float", "uint8"; "" where the file does not say
  bool has_shape = false;
  std::vector<std::string> shape = {};  // sizes or names; "?" for neither
};

struct ConstantDescription {
  std::string name = {};
  std::string type = {};
  std::vector<std::int64_t> shape = {};
  std::int64_t elements = 0;
  std::int64_t bytes = 0;    // as stored here; of external data as declared
  bool is_external = false;  // its values lie in another file
};

struct NodeDescription {
  std::string name = {};
  std::string domain = {};  // "" is ONNX's own
  std::string op = {};
  std::vector<std::string> inputs = {};
  std::vector<std::string> outputs = {};
  std::vector<std::pair<std::string, std::string>> attributes = {};  // values shortened
  // Of the outputs, where shape inference or the file says.
  std::vector<ValueDescription> results = {};
  std::int64_t weight_elements = 0;  // of the constants that it reads
};

struct ModelDescription {
  std::int64_t ir_version = 0;
  std::string producer = {};
  std::string graph_name = {};
  std::vector<std::pair<std::string, std::int64_t>> opsets = {};  // domain, version
  std::vector<std::pair<std::string, std::string>> metadata =
      {};                                     // provenance, in the file's order
  std::vector<ValueDescription> inputs = {};  // without constants
  std::vector<ValueDescription> outputs = {};
  // Initializers, and the tensors of Constant nodes.
  std::vector<ConstantDescription> constants = {};
  std::vector<NodeDescription> nodes = {};
  // Every operator, "Conv" or "com.microsoft.Attention", once each, sorted; those of subgraphs and
  // of functions in the file too.
  std::vector<std::string> operators = {};

  // Of ONNX's own operator set; 0 where the file imports none.
  std::int64_t opset() const;
  std::int64_t parameters() const;  // elements of floating or integer constants
  std::string metadata_value(const std::string& key) const;  // "" where there is none
};

// Shapes of the nodes' results by ONNX's inference, where it finds them, as well.
enum class Shapes { kAsWritten, kInferred };

// Throws Error naming `name` on bytes that are no ONNX model, or one of more parts than
// kMostMessages (read_model.h).
ModelDescription describe_model(std::string_view bytes, const std::string& name,
                                Shapes shapes = Shapes::kAsWritten);

}  // namespace tinytorch::onnx
