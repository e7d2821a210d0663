#pragma once
// LinearMap: a layer that computes x·Wᵀ + b, in whatever form it keeps W: floats (linear.h), packed
// codes, integers (quantization/). Who holds one of these can be given another. Given.

#include <cstdint>
#include <memory>
#include <string>

#include "tinytorch/core/error.h"
#include "tinytorch/nn/module.h"

namespace tinytorch::nn {

class LinearMap : public Module {
 public:
  virtual std::int64_t in_features() const = 0;
  virtual std::int64_t out_features() const = 0;
  // [out] in float; undefined without one.
  virtual const Tensor& bias() const = 0;
};

// `child`, to be held where `old` was. Throws Error naming both unless it is a LinearMap from as
// many features to as many: for the replace_child() of those who hold LinearMaps.
inline std::shared_ptr<LinearMap> in_place_of(const LinearMap& old,
                                              const std::shared_ptr<Module>& child) {
  auto map = std::dynamic_pointer_cast<LinearMap>(child);
  if (map == nullptr || map->in_features() != old.in_features() ||
      map->out_features() != old.out_features()) {
    throw Error(concat("replace_child: ", child == nullptr ? "a null pointer" : child->describe(),
                       " in place of ", old.describe(),
                       "; expected a linear map of the same sizes"));
  }
  return map;
}

}  // namespace tinytorch::nn
