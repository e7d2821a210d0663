#pragma once
// From ONNX's graph to layers: one function an operator. Internal to the import.

#include <map>
#include <string>
#include <vector>

#include "tinytorch/onnx/import/detail/network_builder.h"
#include "tinytorch/onnx/import/detail/source_graph.h"

namespace tinytorch::onnx {

class Lowering {
 public:
  // `input_shape` with the batch.
  Lowering(const SourceGraph& graph, const Sizes& input_shape, const Hints& hints);

  // Runs through the nodes; returns the view of the output. Throws Error naming the node, and
  // BuildAgain.
  View run(const std::string& output);

  const NetworkBuilder& network() const { return network_; }
  // What the user should know, by node.
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  using Handler = void (Lowering::*)(const SourceNode&);
  static const std::map<std::string, Handler>& handlers();

  void lower(const SourceNode& node);
  bool fold_node(const SourceNode& node);
  [[noreturn]] void refuse(const SourceNode& node) const;

  // lower_linear.cpp
  void gemm(const SourceNode& node);
  void matmul(const SourceNode& node);
  void linear(const SourceNode& node, const View& x, const SourceTensor& weight,
              const std::vector<float>& bias);
  void linear_as_convolution(const SourceNode& node, const View& x, const SourceTensor& weight,
                             const std::vector<float>& bias);
  // lower_image.cpp
  void conv(const SourceNode& node);
  void max_pool(const SourceNode& node);
  void average_pool(const SourceNode& node);
  void global_average_pool(const SourceNode& node);
  void reduce_mean(const SourceNode& node);
  // lower_norm.cpp
  void batch_norm(const SourceNode& node);
  void layer_norm(const SourceNode& node);
  void softmax(const SourceNode& node);
  // lower_functions.cpp
  void unary(const SourceNode& node);
  void clip(const SourceNode& node);
  void binary(const SourceNode& node);
  void several(const SourceNode& node);  // Max, Min, Sum of any number
  void concat(const SourceNode& node);
  // lower_views.cpp
  void look_at(const SourceNode& node);  // Reshape, Transpose, Flatten, …
  void same(const SourceNode& node);     // Identity, Dropout
  void cast(const SourceNode& node);

  // The value in the network, made if it is not there yet: as one layer with what is below it where
  // that is a function with a layer, else operand by operand.
  View place(const ValuePtr& value);
  View place_function(const ValuePtr& value);
  View place_one(const Elementwise& function, const Value& value);
  View place_two(const Elementwise& function);
  View join(const std::string& op, const std::string& name, const View& a, const View& b);
  // x · scale + shift, one of each for a channel, into the weights of the layer before where
  // nothing else reads its result, else as a layer.
  View affine(const std::string& name, const ValuePtr& value, const std::vector<double>& scale,
              const std::vector<double>& shift);
  std::int64_t channels(const View& view) const;
  // The constant's value for each channel of the view; throws Error where it differs within one.
  std::vector<double> per_channel(const View& view, const SourceTensor& constant) const;

  const ValuePtr& input(const SourceNode& node, std::size_t i) const;
  const SourceTensor& constant(const SourceNode& node, std::size_t i, const char* what) const;
  View placed(const SourceNode& node, std::size_t i) { return place(input(node, i)); }
  void define(const SourceNode& node, const View& view, bool can_absorb = false);
  void define_function(const SourceNode& node, Elementwise function, Sizes shape);
  void note(const std::string& text) { notes_.push_back(text); }

  const SourceGraph& graph_;
  NetworkBuilder network_;
  std::map<std::string, ValuePtr> values_;
  std::map<std::string, int> uses_;
  std::vector<std::string> notes_;
};

// Puts values into a layer's tensor. Throws Error naming it where their number differs.
void fill(const Tensor& tensor, const std::vector<float>& values, const char* what);

}  // namespace tinytorch::onnx
