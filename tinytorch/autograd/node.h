#pragma once
// A recorded operation: what backward() walks.
//
// Every differentiable operation computes its result, then calls record() with its inputs and a
// function from the gradient of the result to the gradients of the inputs. Anything outside this
// room (fake quantization, a custom layer) extends autograd through record() alone.
// Given (node.cpp); the walk over nodes is engine.h, the gradient formulas are the *_rules.h.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tinytorch/core/tensor.h"

namespace tinytorch::autograd {

// Gradient of the result (same shape as the result) → one gradient per input, each of its input's
// shape; an undefined Tensor where an input needs none (its requires_grad() is false). Runs with
// recording off and must not write to grad_output.
using Backward = std::function<std::vector<Tensor>(const Tensor& grad_output)>;

class Node {
 public:
  // `reads`: the tensors whose values backward reads, as they are now; undefined ones do not count.
  Node(std::string name, std::vector<Tensor> inputs, Backward backward,
       std::vector<Tensor> reads = {});
  // Frees the graph above without recursion: a chain of a million operations must not overflow the
  // stack.
  ~Node() { release(); }
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  const std::string& name() const { return name_; }
  const std::vector<Tensor>& inputs() const { return inputs_; }
  // Throws Error when the node was released, when the values of a tensor it reads were changed
  // since it was made (Tensor::data says what counts), or unless there is one gradient of the right
  // shape (or undefined) for each input.
  std::vector<Tensor> backward(const Tensor& grad_output) const;
  // Drops the inputs and whatever the backward function captured.
  void release();

 private:
  void check_versions() const;

  std::string name_;
  std::vector<Tensor> inputs_;
  Backward backward_;
  std::vector<Tensor> reads_;
  std::vector<std::uint64_t> versions_;  // of reads_
};

// `output` with a node attached, when gradients are enabled and some input requires one; otherwise
// `output` itself. The result is a new handle on the same values, so `backward` may capture
// `output` without keeping itself alive. Undefined inputs (an absent bias) are allowed and need no
// gradient.
//
// `reads` names the inputs whose values `backward` reads, and `output` where it reads that: if they
// are changed before backward(), it throws Error "mul: an input was changed in place after
// forward". Without it, that holds for all inputs.
Tensor record(std::string name, Tensor output, std::vector<Tensor> inputs, Backward backward,
              std::vector<Tensor> reads);
Tensor record(std::string name, Tensor output, std::vector<Tensor> inputs, Backward backward);

// For `reads`: the tensor where `needed`, else one that does not count.
inline Tensor read_if(bool needed, const Tensor& tensor) { return needed ? tensor : Tensor(); }
// Whether an input gets a gradient at all.
inline bool wants_gradient(const Tensor& input) { return input.defined() && input.requires_grad(); }

bool grad_enabled();

// No operation is recorded while one of these lives, on this thread. Nests.
class NoGradGuard {
 public:
  NoGradGuard();
  ~NoGradGuard();
  NoGradGuard(const NoGradGuard&) = delete;
  NoGradGuard& operator=(const NoGradGuard&) = delete;

 private:
  bool previous_;
};

}  // namespace tinytorch::autograd
