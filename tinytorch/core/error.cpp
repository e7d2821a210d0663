#include "tinytorch/core/error.h"

#include <array>
#include <charconv>

namespace tinytorch {

NotImplemented::NotImplemented(std::string_view task)
    : Error(concat("task ", task, " is not implemented yet")), task_(task) {}

NotImplemented not_implemented(std::string_view task) { return NotImplemented(task); }

namespace detail {
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
