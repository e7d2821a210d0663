#pragma once
// Layers put together by value, as in torch.nn:
//   auto model = nn::sequential(nn::Linear(64, 128), nn::ReLU(), nn::Linear(128, 10));
//   Tensor logits = model(x);
//
// C++ does not say which argument of a call is made first (g++ makes the last, clang the first), so
// a seed gives the same network again with the same compiler only. Where it must not depend on the
// compiler, make the layers one after the other and hand them over by name, or append() them.

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

#include "tinytorch/nn/module.h"
#include "tinytorch/nn/residual.h"
#include "tinytorch/nn/sequential.h"

namespace tinytorch::nn {

template <typename T>
concept Layer = std::derived_from<std::remove_cvref_t<T>, Module>;

// A layer as those hold it who may hold any kind. One given by value is moved or copied there (a
// copy shares the parameters, see Module); one that is shared already stays the same object.
template <Layer L>
std::shared_ptr<Module> share(L&& layer) {
  return std::make_shared<std::remove_cvref_t<L>>(std::forward<L>(layer));
}
template <std::derived_from<Module> L>
std::shared_ptr<Module> share(std::shared_ptr<L> layer) {
  return layer;
}

// The layers one after the other (sequential.h), named "0", "1", …
template <typename... Layers>
Sequential sequential(Layers&&... layers) {
  Sequential chain;
  (chain.append(share(std::forward<Layers>(layers))), ...);
  return chain;
}

// y = body(x) + x, or body(x) + shortcut(x) (residual.h).
template <typename Body>
Residual residual(Body&& body) {
  return Residual(share(std::forward<Body>(body)));
}
template <typename Body, typename Shortcut>
Residual residual(Body&& body, Shortcut&& shortcut) {
  return Residual(share(std::forward<Body>(body)), share(std::forward<Shortcut>(shortcut)));
}

}  // namespace tinytorch::nn
