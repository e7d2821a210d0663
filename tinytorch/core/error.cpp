#include "tinytorch/core/error.h"

#include <array>
#include <charconv>
#include <mutex>
#include <utility>

#include "tinytorch/core/printable.h"

namespace tinytorch {
namespace {

// Function-local, since a stub may throw before this file's own statics exist.
struct Made {
  std::mutex mutex;
  std::string first_task;
};
Made& made() {
  static Made instance;
  return instance;
}

}  // namespace

Error::Error(std::string_view message) : std::runtime_error(printable(message)) {}

NotImplemented::NotImplemented(std::string_view task)
    : Error(concat("task ", task, " is not implemented yet")), task_(task) {
  const std::lock_guard lock(made().mutex);
  if (made().first_task.empty()) made().first_task = task_;
}

NotImplemented not_implemented(std::string_view task) { return NotImplemented(task); }

namespace detail {

std::string take_not_implemented() {
  const std::lock_guard lock(made().mutex);
  return std::exchange(made().first_task, {});
}

namespace {
template <typename Float>
std::string shortest(Float value) {
  std::array<char, 32> buffer{};
  const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return {buffer.data(), result.ptr};
}
}  // namespace

std::string piece(float value) { return shortest(value); }
std::string piece(double value) { return shortest(value); }
}  // namespace detail

}  // namespace tinytorch
