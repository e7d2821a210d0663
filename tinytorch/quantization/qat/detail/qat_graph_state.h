#pragma once
// What a QatNetwork remembers between forward passes; for its own two sources. Given.

#include <memory>
#include <vector>

#include "tinytorch/quantization/qat/qat_graph.h"

namespace tinytorch::quantization {

struct QatNetwork::Memory {
  std::vector<std::unique_ptr<Observer>> observers;  // of each value; null where it has no grid
  std::vector<Shape> shapes;                         // of each value, once seen
  std::vector<Tensor> learned;                       // of each node; undefined without one
};

}  // namespace tinytorch::quantization
