#pragma once
// Errors a user can make, and the one a stub throws.
//
// A mistake in an argument throws Error; its message names the operation, both values and what to
// try: "matmul: [2, 3] × [4, 5]: inner sizes 3 and 4 differ". A broken invariant of the library
// itself is an assertion, never an Error. Words of a stranger's file may stand in a message: every
// message is made printable (printable.h).

#include <stdexcept>
#include <string>
#include <string_view>

namespace tinytorch {

class Error : public std::runtime_error {
 public:
  explicit Error(std::string_view message);
};

// Thrown by every stub a learner has not filled in yet. `task` is the task's id in course.yaml.
class NotImplemented : public Error {
 public:
  explicit NotImplemented(std::string_view task);
  const std::string& task() const { return task_; }

 private:
  std::string task_;
};

// Usage in a stub, with the id of its task: `throw not_implemented("…");`
[[nodiscard]] NotImplemented not_implemented(std::string_view task);

namespace detail {
// The task of the first NotImplemented made since the last call; empty when none was. The test
// runner asks after each test: EXPECT_THROW(…, Error) would take an empty stub for a right answer.
std::string take_not_implemented();

inline std::string piece(std::string_view text) { return std::string(text); }
inline std::string piece(const char* text) { return text; }
inline std::string piece(char c) { return std::string(1, c); }
std::string piece(float value);
std::string piece(double value);
inline std::string piece(int value) { return std::to_string(value); }
inline std::string piece(long value) { return std::to_string(value); }
inline std::string piece(long long value) { return std::to_string(value); }
inline std::string piece(unsigned value) { return std::to_string(value); }
inline std::string piece(unsigned long value) { return std::to_string(value); }
inline std::string piece(unsigned long long value) { return std::to_string(value); }
}  // namespace detail

// Joins text and numbers (floats in their shortest exact form): concat("size ", 3, " < ", 4).
// It exists so that public headers and learners' sources need no formatting library.
template <typename... Parts>
std::string concat(const Parts&... parts) {
  std::string out;
  ((out += detail::piece(parts)), ...);
  return out;
}

}  // namespace tinytorch
