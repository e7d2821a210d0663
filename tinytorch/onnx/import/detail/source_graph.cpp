#include "tinytorch/onnx/import/detail/source_graph.h"

#include "tinytorch/core/error.h"

namespace tinytorch::onnx {
namespace {

template <typename T>
T get(const SourceNode& node, const std::string& attribute, const T& otherwise, const char* kind) {
  const auto found = node.attributes.find(attribute);
  if (found == node.attributes.end()) return otherwise;
  if (const T* value = std::get_if<T>(&found->second)) return *value;
  throw Error(concat(node.place(), ": attribute ", attribute, " is not ", kind));
}

}  // namespace

std::int64_t SourceNode::integer(const std::string& attribute, std::int64_t otherwise) const {
  return get(*this, attribute, otherwise, "an integer");
}
float SourceNode::number(const std::string& attribute, float otherwise) const {
  return get(*this, attribute, otherwise, "a number");
}
std::string SourceNode::text(const std::string& attribute, const std::string& otherwise) const {
  return get(*this, attribute, otherwise, "a text");
}
Sizes SourceNode::integers(const std::string& attribute, const Sizes& otherwise) const {
  return get(*this, attribute, otherwise, "a list of integers");
}

}  // namespace tinytorch::onnx
