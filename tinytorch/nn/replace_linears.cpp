#include "tinytorch/nn/replace_linears.h"

#include <map>

#include "tinytorch/core/at_place.h"
#include "tinytorch/core/error.h"

namespace tinytorch::nn {
namespace {

void collect(Module& module, const std::string& prefix, const LinearFilter& chosen,
             std::vector<LinearPlace>& places) {
  for (const auto& [name, child] : module.children()) {
    const std::string path = prefix + name;
    auto linear = std::dynamic_pointer_cast<Linear>(child);
    if (linear == nullptr) {
      collect(*child, path + ".", chosen, places);
    } else if (!chosen || chosen(path)) {
      places.push_back({&module, name, path, std::move(linear)});
    }
  }
}

}  // namespace

std::vector<LinearPlace> find_linears(Module& model, const LinearFilter& chosen) {
  std::vector<LinearPlace> places;
  collect(model, "", chosen, places);
  if (places.empty()) {
    throw Error(concat("find_linears: no Linear to convert in ", model.describe(),
                       "; one by itself needs a Sequential around it"));
  }
  // By itself: changes nothing, and shows who cannot do it before anything has changed.
  for (const LinearPlace& place : places) {
    at_place(place.path, [&] { place.parent->replace_child(place.name, place.linear); });
  }
  return places;
}

std::vector<std::string> replace_linears(
    Module& model, const LinearFilter& chosen,
    const std::function<std::shared_ptr<LinearMap>(const Linear&)>& make) {
  const std::vector<LinearPlace> places = find_linears(model, chosen);
  std::map<const Linear*, std::shared_ptr<LinearMap>> made;
  for (const LinearPlace& place : places) {
    std::shared_ptr<LinearMap>& other = made[place.linear.get()];
    if (other == nullptr) other = at_place(place.path, [&] { return make(*place.linear); });
  }
  std::vector<std::string> paths;
  for (const LinearPlace& place : places) {
    place.parent->replace_child(place.name, made[place.linear.get()]);
    paths.push_back(place.path);
  }
  return paths;
}

}  // namespace tinytorch::nn
