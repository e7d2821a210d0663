#include "tests/support/teach.h"

#include <gtest/gtest.h>

#include <charconv>

#include "tinytorch/core/error.h"

namespace tinytorch::teach {
namespace {

template <typename Number>
std::string shortest(Number value) {
  char buffer[40];
  const auto result = std::to_chars(buffer, buffer + sizeof buffer, value);
  return {buffer, result.ptr};
}

bool near(float a, float b, float tolerance) {
  return std::isfinite(a) && std::abs(a - b) <= tolerance;
}

bool all_near(std::span<const float> a, std::span<const float> b, float tolerance) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!near(a[i], b[i], tolerance)) return false;
  }
  return true;
}

}  // namespace

std::string show(float value) { return shortest(value); }
std::string show(double value) { return shortest(value); }
std::string show(std::int64_t value) { return shortest(value); }

void report(const Location& where, const std::string& message) {
  ADD_FAILURE_AT(where.file, where.line) << message;
}

void expect_error(const std::function<void()>& action, const std::string& fragment,
                  const std::string& why, const Location& where) {
  try {
    action();
  } catch (const NotImplemented&) {
    throw;
  } catch (const Error& error) {
    if (std::string(error.what()).find(fragment) == std::string::npos) {
      report(where, "the Error says \"" + std::string(error.what()) +
                        "\"; name the problem with \"" + fragment + "\" in it\n" + why);
    }
    return;
  }
  report(where, "no tinytorch::Error was thrown\n" + why);
}

void expect_no_error(const std::function<void()>& action, const std::string& why,
                     const Location& where) {
  try {
    action();
  } catch (const NotImplemented&) {
    throw;
  } catch (const Error& error) {
    report(where, "an Error was thrown: " + std::string(error.what()) + "\n" + why);
  }
}

void expect_near(const std::string& what, std::span<const float> got,
                 const std::vector<float>& expected, float tolerance,
                 const std::vector<Suspicion<float>>& suspicions, const Location& where) {
  if (all_near(got, expected, tolerance)) return;
  if (got.size() != expected.size()) {
    report(where, what + ": " + show(static_cast<std::int64_t>(got.size())) +
                      " elements, expected " + show(static_cast<std::int64_t>(expected.size())));
    return;
  }
  std::size_t first = 0;
  while (near(got[first], expected[first], tolerance)) ++first;
  float largest = 0.0f;
  for (std::size_t i = 0; i < got.size(); ++i) {
    largest = std::max(largest, std::abs(got[i] - expected[i]));
  }
  std::string message = what + "[" + show(static_cast<std::int64_t>(first)) + "] is " +
                        show(got[first]) + ", expected " + show(expected[first]) + " ± " +
                        show(tolerance) + "; the largest difference is " + show(largest);
  for (const Suspicion<float>& suspicion : suspicions) {
    if (all_near(got, suspicion.values, tolerance)) message += "\n" + suspicion.says;
  }
  report(where, message);
}

}  // namespace tinytorch::teach
