#pragma once
// The network while it is put together. Each layer runs on a sample as soon as it is added, so that
// the shape of every value is known, and what does not fit is found where it is made. Internal to
// the import.

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tinytorch/nn/graph.h"
#include "tinytorch/onnx/import/detail/value.h"

namespace tinytorch::onnx {

// Larger results than this are refused before a layer runs: padding alone may ask for any size.
inline constexpr std::int64_t kMostValues = std::int64_t{1} << 28;

// How the input is handed to the network: element i of it is element order[i] of the file's input
// (empty: element i).
struct InputLayout {
  Sizes shape;
  Sizes order;
};

// What is found out only after the network is half built. It is then built again.
struct Hints {
  std::optional<InputLayout> input;
  // Gemms (by the name of their result) that are 1×1 convolutions, since what they compute is
  // looked at as an image later: the linear layers of a squeeze-and-excite block.
  std::set<std::string> convolutions;
};
struct BuildAgain {
  Hints hints;
};

class NetworkBuilder {
 public:
  NetworkBuilder(const Sizes& input_shape, Hints hints);

  const Hints& hints() const { return hints_; }
  // The input as the file has it.
  View input() const;
  // Adds a layer and returns its result as it is: ONNX's shape is ours until it is looked at
  // otherwise. `name` is made a name that is legal and new; `origin` is the ONNX value it computes.
  View add(const std::string& name, const std::vector<std::size_t>& inputs,
           std::shared_ptr<nn::Module> layer, const std::string& origin = "");
  // Says of a layer's result that each of its numbers comes from one of the input's, in any order.
  void mark_elementwise(std::size_t value) { alone_.insert(value); }
  // Puts another layer in the place of the one that made `value`. Nothing may have read it.
  void replace(std::size_t value, std::shared_ptr<nn::Module> layer);
  // How often replace() was called.
  std::size_t changes() const { return changes_; }
  const std::shared_ptr<nn::Module>& layer(std::size_t value) const {
    return nodes_[value - 1].module;
  }

  // The shape of a value of the network, with the batch.
  const Sizes& shape(const View& view) const { return samples_[view.value].shape().sizes(); }

  // The views that layers ask for. Each adds what is needed (a Flatten), throws BuildAgain where
  // another layout of the input would help, and Error where the values lie otherwise.
  // [N, C, H, W]; a sequence [N, C, L] is an image of height 1.
  View as_image(const View& view);
  // [N, F] of a value that is [N, F] here; the order may be any.
  View as_features(const View& view, const std::string& name);
  // As ONNX has it, of any rank.
  View as_is(const View& view);

  InputLayout input_layout() const;
  // Throws BuildAgain with the view as the input, where that is possible and not done yet.
  void ask_for_input(const View& view, const Sizes& shape) const;

  // The network that computes `output`, without what it does not need.
  std::shared_ptr<nn::Graph> finish(std::size_t output) const;
  // The nodes' names of that network, and new numbers of its values.
  std::vector<nn::GraphNode> nodes_for(std::size_t output) const;

 private:
  // True where nothing but layers of single numbers stand between the input and `value`.
  bool is_near_input(std::size_t value) const;
  void ask_for_convolutions(std::size_t value) const;
  std::string new_name(const std::string& name);

  std::vector<nn::GraphNode> nodes_;
  std::vector<Tensor> samples_;
  std::set<std::string> names_;
  std::vector<std::string> origins_;  // of each node
  std::set<std::size_t> alone_;       // values that mark_elementwise was told of
  std::size_t changes_ = 0;
  Sizes file_shape_;
  Hints hints_;
};

// `order` of a view where it says something; of a view without one, 0, 1, 2, ….
Sizes full_order(const View& view);
// Empty where it is 0, 1, 2, ….
Sizes short_order(Sizes order);

}  // namespace tinytorch::onnx
