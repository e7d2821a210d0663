#pragma once
// Asks a stub whether it is one. For the sources that put a learner's module under the engine.

#include <string>

#include "tinytorch/core/error.h"

namespace tinytorch {

// Whether `action` runs without meeting a stub. A test runner that counts the stubs met does not
// hear of this one.
template <typename Action>
bool is_written(Action action) {
  const std::string met_before = detail::take_not_implemented();
  bool written = true;
  try {
    action();
  } catch (const NotImplemented&) {
    written = false;
    detail::take_not_implemented();
  } catch (const Error&) {
    // Written, and wrong: its owner should see that.
  }
  if (!met_before.empty()) static_cast<void>(not_implemented(met_before));
  return written;
}

}  // namespace tinytorch
