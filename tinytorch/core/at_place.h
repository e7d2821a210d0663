#pragma once
// Says where in a network something went wrong. Given.

#include <string>
#include <utility>

#include "tinytorch/core/error.h"

namespace tinytorch {

// What `action` returns; an Error it throws gets "<place>: " in front. A task not written yet
// passes through as it is.
template <typename Action>
decltype(auto) at_place(const std::string& place, Action&& action) {
  try {
    return std::forward<Action>(action)();
  } catch (const NotImplemented&) {
    throw;
  } catch (const Error& error) {
    throw Error(concat(place, ": ", error.what()));
  }
}

}  // namespace tinytorch
