#pragma once
// Comparisons for learner tests whose failures teach: first mismatching index, expected, got, the
// largest difference, the mistake recognised by its result, and what to look at.

#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "tests/support/location.h"

namespace tinytorch::teach {

// The result a known mistake leads to, and what to tell the person who made it.
template <typename T>
struct Suspicion {
  std::vector<T> values;
  std::string says;
};

// Tells what lies behind element i: "x = 2.5".
using Context = std::function<std::string(std::size_t)>;

// Records a failure of the running test at `where`.
void report(const Location& where, const std::string& message);

// Runs `action`, which must throw a tinytorch::Error whose message contains `fragment`.
// NotImplemented passes through: an empty stub is not a wrong answer. `why` says what the error
// is for.
void expect_error(const std::function<void()>& action, const std::string& fragment,
                  const std::string& why, const Location& where = Location::current());

// Runs `action`, which must not throw a tinytorch::Error: here the contract has an answer. `why`
// says which.
void expect_no_error(const std::function<void()>& action, const std::string& why,
                     const Location& where = Location::current());

std::string show(float value);
std::string show(double value);
std::string show(std::int64_t value);
inline std::string show(std::int32_t value) { return show(std::int64_t{value}); }
inline std::string show(std::int8_t value) { return show(std::int64_t{value}); }
inline std::string show(std::uint8_t value) { return show(std::int64_t{value}); }

namespace detail {
// Bit for bit, so that 0 and -0 differ and NaN equals itself.
template <typename T>
bool same(T a, T b) {
  return std::memcmp(&a, &b, sizeof(T)) == 0;
}
template <typename T>
bool all_same(std::span<const T> a, std::span<const T> b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!same(a[i], b[i])) return false;
  }
  return true;
}
// A difference of floats is shown in as many digits as they have, one of integers without a point.
template <typename T>
std::string show_difference(double difference) {
  if constexpr (std::is_floating_point_v<T>) return show(static_cast<float>(difference));
  return show(static_cast<std::int64_t>(difference));
}
}  // namespace detail

// Every element equal, bit for bit. `what` names the result: "codes".
template <typename T>
void expect_same(const std::string& what, const std::type_identity_t<std::span<const T>>& got,
                 const std::vector<T>& expected,
                 const std::type_identity_t<std::vector<Suspicion<T>>>& suspicions = {},
                 const Context& context = {}, const Location& where = Location::current()) {
  if (got.size() != expected.size()) {
    std::string message = what + ": " + show(static_cast<std::int64_t>(got.size())) +
                          " elements, expected " + show(static_cast<std::int64_t>(expected.size()));
    for (const Suspicion<T>& suspicion : suspicions) {
      if (detail::all_same<T>(got, suspicion.values)) message += "\n" + suspicion.says;
    }
    report(where, message);
    return;
  }
  std::size_t first = expected.size();
  std::size_t count = 0;
  double largest = 0.0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (detail::same(got[i], expected[i])) continue;
    if (count++ == 0) first = i;
    largest =
        std::max(largest, std::abs(static_cast<double>(got[i]) - static_cast<double>(expected[i])));
  }
  if (count == 0) return;

  std::string message = what + "[" + show(static_cast<std::int64_t>(first)) + "] is " +
                        show(got[first]) + ", expected " + show(expected[first]);
  if (context) message += "   (" + context(first) + ")";
  if (expected.size() > 1) {
    message += "\n" + show(static_cast<std::int64_t>(count)) + " of " +
               show(static_cast<std::int64_t>(expected.size())) +
               " differ, the largest difference is " + detail::show_difference<T>(largest);
  }
  for (const Suspicion<T>& suspicion : suspicions) {
    if (detail::all_same<T>(got, suspicion.values)) message += "\n" + suspicion.says;
  }
  report(where, message);
}

// One value, bit for bit.
template <typename T>
void expect_value(
    const std::string& what, T got, std::type_identity_t<T> expected,
    const std::vector<std::pair<std::type_identity_t<T>, std::string>>& suspicions = {},
    const Location& where = Location::current()) {
  if (detail::same(got, expected)) return;
  std::string message = what + " is " + show(got) + ", expected " + show(expected);
  for (const auto& [value, says] : suspicions) {
    if (detail::same(got, value)) message += "\n" + says;
  }
  report(where, message);
}

// Every element within `tolerance` of the expected one.
void expect_near(const std::string& what, std::span<const float> got,
                 const std::vector<float>& expected, float tolerance,
                 const std::vector<Suspicion<float>>& suspicions = {},
                 const Location& where = Location::current());

}  // namespace tinytorch::teach
