#pragma once
// What the learner tests of module 16 share.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/teach.h"
#include "tinytorch/core/error.h"
#include "tinytorch/core/rng.h"
#include "tinytorch/nn/module.h"

namespace tinytorch::compression {

using Floats = std::vector<float>;
using Bytes = std::vector<std::uint8_t>;
using Ids = std::vector<std::int64_t>;

inline void require(bool condition, const std::string& message,
                    const teach::Location& where = teach::Location::current()) {
  if (!condition) teach::report(where, message);
}

inline Floats values(const Tensor& x) { return {x.data().begin(), x.data().end()}; }

inline Tensor row(const Floats& x) {
  return Tensor(Shape{1, static_cast<std::int64_t>(x.size())}, x);
}

// Writes `x` into a parameter or buffer of a layer; a Tensor is a handle.
inline void set(const Tensor& target, const Floats& x) {
  Tensor handle = target;
  std::copy(x.begin(), x.end(), handle.data().begin());
}

// teach::expect_same() for lists whose length itself may be wrong.
template <typename T>
void expect_list(const std::string& what, const std::vector<T>& got, const std::vector<T>& expected,
                 const std::type_identity_t<std::vector<teach::Suspicion<T>>>& suspicions = {},
                 const teach::Location& where = teach::Location::current()) {
  for (const teach::Suspicion<T>& suspicion : suspicions) {
    if (got.size() == expected.size() || got != suspicion.values) continue;
    teach::report(where, what + ": " + std::to_string(got.size()) + " elements, expected " +
                             std::to_string(expected.size()) + "\n" + suspicion.says);
    return;
  }
  teach::expect_same<T>(what, got, expected, suspicions, {}, where);
}

// Shapes side by side, then values: "the weight of layer 0".
inline void expect_tensor(const std::string& what, const Tensor& got, const Shape& shape,
                          const Floats& expected,
                          const std::vector<teach::Suspicion<float>>& suspicions = {},
                          const teach::Location& where = teach::Location::current()) {
  if (!(got.shape() == shape)) {
    teach::report(where,
                  what + " has shape " + to_string(got.shape()) + ", expected " + to_string(shape));
    return;
  }
  teach::expect_same<float>(what, got.data(), expected, suspicions, {}, where);
}

}  // namespace tinytorch::compression
