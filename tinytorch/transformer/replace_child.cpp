// Other linear maps in a transformer's places: what the layers written in modules cannot say for
// themselves: no task of theirs asks for it.
#include <utility>

#include "tinytorch/transformer/gpt.h"

namespace tinytorch::nn {

void MultiheadAttention::replace_child(const std::string& name, std::shared_ptr<Module> child) {
  std::shared_ptr<LinearMap>& held = name == "in_proj" ? in_proj_ : out_proj_;
  const std::shared_ptr<LinearMap> map = in_place_of(*held, child);
  set_child(name, map);
  held = map;
}

void TransformerBlock::replace_child(const std::string& name, std::shared_ptr<Module> child) {
  if (name != "linear1" && name != "linear2") Module::replace_child(name, child);
  std::shared_ptr<LinearMap>& held = name == "linear1" ? linear1_ : linear2_;
  const std::shared_ptr<LinearMap> map = in_place_of(*held, child);
  set_child(name, map);
  held = map;
}

void Gpt::replace_child(const std::string& name, std::shared_ptr<Module> child) {
  if (name != "head") Module::replace_child(name, child);
  const std::shared_ptr<LinearMap> map = in_place_of(*head_, child);
  set_child(name, map);
  head_ = map;
}

}  // namespace tinytorch::nn
