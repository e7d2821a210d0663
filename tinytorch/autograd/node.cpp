#include "tinytorch/autograd/node.h"

#include <algorithm>

#include "tinytorch/core/error.h"

namespace tinytorch::autograd {
namespace {

struct Remains {
  std::vector<Tensor> inputs;
  Backward backward;
  std::vector<Tensor> reads;
};

// Where the outermost release() of this thread collects what the releases below it leave behind.
thread_local std::vector<Remains>* pending = nullptr;

thread_local bool enabled = true;

}  // namespace

Node::Node(std::string name, std::vector<Tensor> inputs, Backward backward,
           std::vector<Tensor> reads)
    : name_(std::move(name)),
      inputs_(std::move(inputs)),
      backward_(std::move(backward)),
      reads_(std::move(reads)) {
  std::erase_if(reads_, [](const Tensor& tensor) { return !tensor.defined(); });
  for (const Tensor& tensor : reads_) versions_.push_back(tensor.version());
}

void Node::check_versions() const {
  for (std::size_t i = 0; i < reads_.size(); ++i) {
    const Tensor& tensor = reads_[i];
    if (tensor.version() == versions_[i]) continue;
    const bool is_input = std::any_of(inputs_.begin(), inputs_.end(), [&](const Tensor& input) {
      return input.defined() && input.shares_storage_with(tensor);
    });
    throw Error(
        concat(name_, ": ", is_input ? "an input" : "the result",
               " was changed in place after forward, and backward() needs its values: shape ",
               to_string(tensor.shape()),
               "; call backward() before the change, or change a clone(). data() of a "
               "Tensor that is not const counts as a change"));
  }
}

std::vector<Tensor> Node::backward(const Tensor& grad_output) const {
  if (!backward_) {
    throw Error(
        concat("backward: the graph through ", name_,
               " was freed by an earlier backward(); give that one {.retain_graph = true}"));
  }
  check_versions();
  std::vector<Tensor> grads = backward_(grad_output);
  if (grads.size() != inputs_.size()) {
    throw Error(concat("backward of ", name_, ": ", grads.size(), " gradients for ", inputs_.size(),
                       " inputs"));
  }
  for (std::size_t i = 0; i < grads.size(); ++i) {
    if (grads[i].defined() && inputs_[i].defined() && !(grads[i].shape() == inputs_[i].shape())) {
      throw Error(concat("backward of ", name_, ": gradient of shape ", to_string(grads[i].shape()),
                         " for input ", i, " of shape ", to_string(inputs_[i].shape())));
    }
  }
  return grads;
}

void Node::release() {
  Remains remains{std::move(inputs_), std::move(backward_), std::move(reads_)};
  inputs_.clear();
  backward_ = nullptr;
  reads_.clear();
  if (pending != nullptr) {
    pending->push_back(std::move(remains));
    return;
  }
  std::vector<Remains> queue;
  pending = &queue;
  queue.push_back(std::move(remains));
  while (!queue.empty()) {
    // Destroying these may destroy other nodes, whose remains then join the queue.
    const Remains last = std::move(queue.back());
    queue.pop_back();
  }
  pending = nullptr;
}

Tensor record(std::string name, Tensor output, std::vector<Tensor> inputs, Backward backward,
              std::vector<Tensor> reads) {
  const bool wanted = enabled && std::any_of(inputs.begin(), inputs.end(), wants_gradient);
  if (!wanted) return output;
  Tensor result = output.detach();
  result.set_node(std::make_shared<Node>(std::move(name), std::move(inputs), std::move(backward),
                                         std::move(reads)));
  return result;
}

Tensor record(std::string name, Tensor output, std::vector<Tensor> inputs, Backward backward) {
  std::vector<Tensor> reads = inputs;
  return record(std::move(name), std::move(output), std::move(inputs), std::move(backward),
                std::move(reads));
}

bool grad_enabled() { return enabled; }

NoGradGuard::NoGradGuard() : previous_(enabled) { enabled = false; }

NoGradGuard::~NoGradGuard() { enabled = previous_; }

}  // namespace tinytorch::autograd
