#pragma once
// PyTorch's names for what is computed without recording gradients (node.h has the guard).

#include <utility>

#include "tinytorch/autograd/node.h"

namespace tinytorch {

// Until the end of its block nothing is recorded, on this thread:
//   { NoGradGuard guard;  weight = …; }
using autograd::NoGradGuard;

// What `compute` returns, computed without recording: with torch.no_grad().
//   const Tensor logits = no_grad([&] { return model(x); });
template <typename Compute>
decltype(auto) no_grad(Compute&& compute) {
  const NoGradGuard guard;
  return std::forward<Compute>(compute)();
}

}  // namespace tinytorch
