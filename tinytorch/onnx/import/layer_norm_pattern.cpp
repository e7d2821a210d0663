#include "tinytorch/onnx/import/detail/layer_norm_pattern.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

namespace tinytorch::onnx {
namespace {

// Who makes a value and how many read it.
class Wiring {
 public:
  explicit Wiring(const SourceGraph& graph) : graph_(graph) {
    for (const SourceNode& node : graph.nodes) {
      for (const std::string& output : node.outputs) makers_[output] = &node;
      for (const std::string& input : node.inputs) readers_[input].push_back(&node);
    }
    for (const std::string& output : graph.outputs) readers_[output].push_back(nullptr);
  }

  // The node with that operator that makes the value, or nullptr. It has an input.
  const SourceNode* maker(const std::string& value, const char* op) const {
    const auto found = makers_.find(value);
    if (found == makers_.end() || found->second->op != op) return nullptr;
    const bool complete = !found->second->inputs.empty() || found->second->op == "Constant";
    return complete ? found->second : nullptr;
  }
  const std::vector<const SourceNode*>& readers(const std::string& value) const {
    static const std::vector<const SourceNode*> nobody;
    const auto found = readers_.find(value);
    return found == readers_.end() ? nobody : found->second;
  }
  // A constant of the file, or of a node Constant.
  const SourceTensor* constant(const std::string& value) const {
    if (const auto found = graph_.constants.find(value); found != graph_.constants.end()) {
      return &found->second;
    }
    const SourceNode* node = maker(value, "Constant");
    if (node == nullptr || !node->has("value")) return nullptr;
    return std::get_if<SourceTensor>(&node->attributes.at("value"));
  }
  std::optional<float> scalar(const std::string& value) const {
    const SourceTensor* tensor = constant(value);
    if (tensor == nullptr || !tensor->is_float() || tensor->count() != 1) return std::nullopt;
    return tensor->floats()[0];
  }
  const SourceTensor* integers(const std::string& value) const {
    const SourceTensor* tensor = constant(value);
    return tensor == nullptr || tensor->is_float() ? nullptr : tensor;
  }

 private:
  const SourceGraph& graph_;
  std::map<std::string, const SourceNode*> makers_;
  std::map<std::string, std::vector<const SourceNode*>> readers_;
};

struct Group {
  std::set<const SourceNode*> nodes;
  const SourceNode* division = nullptr;
  const SourceNode* last = nullptr;
  std::string x;
  std::string weight;
  std::string bias;
  Sizes axes;
  float epsilon = 0.0f;
};

class Matcher {
 public:
  Matcher(const SourceNode& division, const Wiring& wiring) : wiring_(wiring) {
    group_.division = group_.last = &division;
  }

  std::optional<Group> match() {
    const SourceNode& division = *group_.division;
    if (division.inputs.size() != 2 || !centred(division.inputs[0]) ||
        !deviation(division.inputs[1])) {
      return std::nullopt;
    }
    group_.nodes.insert(&division);
    extend("Mul", group_.weight);
    if (!group_.weight.empty()) extend("Add", group_.bias);
    return closed() ? std::optional(group_) : std::nullopt;
  }

 private:
  // x − ReduceMean(x); the x and the axes are the same each time.
  bool centred(const std::string& value) {
    const SourceNode* sub = wiring_.maker(value, "Sub");
    if (sub == nullptr || sub->inputs.size() != 2) return false;
    const SourceNode* mean = mean_of(sub->inputs[1], sub->inputs[0]);
    if (mean == nullptr || (!group_.x.empty() && group_.x != sub->inputs[0])) return false;
    group_.x = sub->inputs[0];
    group_.nodes.insert(sub);
    return true;
  }

  const SourceNode* mean_of(const std::string& value, const std::string& of) {
    const SourceNode* mean = wiring_.maker(value, "ReduceMean");
    if (mean == nullptr || mean->inputs[0] != of || mean->inputs.size() != 1) return nullptr;
    const Sizes axes = mean->integers("axes", {});
    if (axes.empty() || mean->integer("keepdims", 1) != 1) return nullptr;
    if (!group_.axes.empty() && group_.axes != axes) return nullptr;
    group_.axes = axes;
    group_.nodes.insert(mean);
    return mean;
  }

  // Sqrt(ReduceMean(c²) + ε), or the power of one half.
  bool deviation(const std::string& value) {
    const SourceNode* root = wiring_.maker(value, "Sqrt");
    if (root == nullptr) {
      root = wiring_.maker(value, "Pow");
      if (root == nullptr || wiring_.scalar(root->inputs.back()) != 0.5f) return false;
    }
    const SourceNode* sum = wiring_.maker(root->inputs[0], "Add");
    if (sum == nullptr || sum->inputs.size() != 2) return false;
    const bool last = wiring_.scalar(sum->inputs[1]).has_value();
    const auto epsilon = wiring_.scalar(sum->inputs[last ? 1 : 0]);
    const SourceNode* mean = wiring_.maker(sum->inputs[last ? 0 : 1], "ReduceMean");
    if (!epsilon || mean == nullptr || !squares(mean->inputs[0])) return false;
    if (mean_of(sum->inputs[last ? 0 : 1], mean->inputs[0]) == nullptr) return false;
    group_.epsilon = *epsilon;
    group_.nodes.insert({root, sum});
    return true;
  }

  bool squares(const std::string& value) {
    const SourceNode* power = wiring_.maker(value, "Pow");
    if (power != nullptr) {
      if (power->inputs.size() != 2) return false;
      const SourceTensor* two = wiring_.constant(power->inputs[1]);
      if (two == nullptr || two->count() != 1) return false;
      const bool is_two = two->is_float() ? two->floats()[0] == 2.0f : two->integers()[0] == 2;
      if (!is_two) return false;
    } else {
      power = wiring_.maker(value, "Mul");
      if (power == nullptr || power->inputs.size() != 2 || power->inputs[0] != power->inputs[1]) {
        return false;
      }
    }
    group_.nodes.insert(power);
    return centred(power->inputs[0]);
  }

  // Takes the one reader of the group's result along when it is `op` with a constant of the
  // normalized shape, named into `constant`.
  void extend(const char* op, std::string& constant) {
    const auto& readers = wiring_.readers(group_.last->outputs[0]);
    if (readers.size() != 1 || readers[0] == nullptr || readers[0]->op != op) return;
    const SourceNode& node = *readers[0];
    if (node.inputs.size() != 2 || node.outputs.size() != 1) return;
    const std::string& other = node.inputs[node.inputs[0] == group_.last->outputs[0] ? 1 : 0];
    const SourceTensor* tensor = wiring_.constant(other);
    if (tensor == nullptr || !tensor->is_float() || tensor->shape.size() != group_.axes.size()) {
      return;
    }
    constant = other;
    group_.last = &node;
    group_.nodes.insert(&node);
  }

  // Nothing outside reads what is inside.
  bool closed() const {
    for (const SourceNode* node : group_.nodes) {
      if (node == group_.last) continue;
      for (const SourceNode* reader : wiring_.readers(node->outputs[0])) {
        if (!group_.nodes.contains(reader)) return false;
      }
    }
    return true;
  }

  const Wiring& wiring_;
  Group group_;
};

SourceNode node_of(const Group& group) {
  SourceNode node;
  node.name = group.division->name;
  node.op = "LayerNormalization";
  node.inputs = {group.x, group.weight, group.bias};
  node.outputs = {group.last->outputs[0]};
  node.attributes["axes"] = group.axes;
  node.attributes["epsilon"] = group.epsilon;
  return node;
}

}  // namespace

void recognise_layer_norms(SourceGraph& graph) {
  const Wiring wiring(graph);
  std::set<const SourceNode*> gone;
  std::map<const SourceNode*, SourceNode> made;  // in the place of the last node
  for (const SourceNode& node : graph.nodes) {
    if (node.op != "Div") continue;
    if (const auto group = Matcher(node, wiring).match()) {
      gone.insert(group->nodes.begin(), group->nodes.end());
      made.emplace(group->last, node_of(*group));
    }
  }
  std::vector<SourceNode> nodes;
  for (SourceNode& node : graph.nodes) {
    const auto found = made.find(&node);
    if (found != made.end()) {
      nodes.push_back(found->second);
    } else if (!gone.contains(&node)) {
      nodes.push_back(std::move(node));
    }
  }
  graph.nodes = std::move(nodes);
}

}  // namespace tinytorch::onnx
