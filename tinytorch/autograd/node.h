#pragma once
// A recorded operation: what backward() walks.
//
// Every differentiable operation computes its result, then calls record() with its inputs and a
// function from the gradient of the result to the gradients of the inputs. Anything outside this
// room (fake quantization, a custom layer) extends autograd through record() alone.
// Written in module 05 (engine.cpp).

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tinytorch/core/tensor.h"

namespace tinytorch::autograd {

// Gradient of the result (same shape as the result) → one gradient per input, each of its input's
// shape; an undefined Tensor where an input needs none.
using Backward = std::function<std::vector<Tensor>(const Tensor& grad_output)>;

class Node {
 public:
  Node(std::string name, std::vector<Tensor> inputs, Backward backward)
      : name_(std::move(name)), inputs_(std::move(inputs)), backward_(std::move(backward)) {}
  const std::string& name() const { return name_; }
  const std::vector<Tensor>& inputs() const { return inputs_; }
  std::vector<Tensor> backward(const Tensor& grad_output) const { return backward_(grad_output); }

 private:
  std::string name_;
  std::vector<Tensor> inputs_;
  Backward backward_;
};

// Attaches a node to `output` when gradients are enabled and some input requires one; returns it.
Tensor record(std::string name, Tensor output, std::vector<Tensor> inputs, Backward backward);

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
