#include "tito/judge/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <type_traits>

#include "tito/judge/words.h"

namespace tito {
namespace {

constexpr std::size_t kShownText = 60;

template <typename T>
bool same_bits(T a, T b) {
  // Bits are the question here, so that -0 differs from 0.
  return std::memcmp(&a, &b, sizeof a) == 0;  // NOLINT(bugprone-suspicious-memory-comparison)
}

template <typename T>
bool agree(T expected, T got, const Tolerance& tolerance) {
  if constexpr (std::is_floating_point_v<T>) {
    if (std::isnan(expected) || std::isnan(got)) return std::isnan(expected) && std::isnan(got);
    if (tolerance.absolute == 0.0 && tolerance.relative == 0.0) return same_bits(expected, got);
    if (std::isinf(expected) || std::isinf(got)) return expected == got;
    const double bound = tolerance.absolute + tolerance.relative * std::fabs(double{expected});
    return std::fabs(double{got} - double{expected}) <= bound;
  } else {
    return expected == got;
  }
}

// Shortest text that reads back as the same value; small integers as numbers, not characters.
template <typename T>
std::string shown(T value) {
  if constexpr (sizeof(T) == 1) {
    return fmt::format("{}", static_cast<int>(value));
  } else {
    return fmt::format("{}", value);
  }
}

template <typename T>
std::string largest_difference(const std::vector<T>& expected, const std::vector<T>& got) {
  double largest = 0.0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double difference =
        std::fabs(static_cast<double>(got[i]) - static_cast<double>(expected[i]));
    if (!std::isnan(difference)) largest = std::max(largest, difference);
  }
  return fmt::format("{:.6g}", largest);
}

template <typename T>
std::optional<std::string> differs(const std::string& name, const std::vector<T>& expected,
                                   const std::vector<T>& got, const Tolerance& tolerance) {
  if (expected.size() != got.size()) {
    return fmt::format("{}: expected {} elements, got {}", name, expected.size(), got.size());
  }
  std::size_t first = expected.size();
  std::size_t count = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (agree(expected[i], got[i], tolerance)) continue;
    first = std::min(first, i);
    ++count;
  }
  if (count == 0) return std::nullopt;
  const std::string extent =
      expected.size() == 1 ? "" : fmt::format("{} of {} differ, ", count, expected.size());
  const std::string index = expected.size() == 1 ? "" : fmt::format("[{}]", first);
  return fmt::format("{}{}: expected {}, got {} ({}by {} at most)", name, index,
                     shown(expected[first]), shown(got[first]), extent,
                     largest_difference(expected, got));
}

std::optional<std::string> differs(const std::string& name, const std::string& expected,
                                   const std::string& got, const Tolerance&) {
  if (expected == got) return std::nullopt;
  const auto shown_text = [](const std::string& text) {
    return one_line(clip(text, kShownText)) + (text.size() <= kShownText ? "" : "…");
  };
  return fmt::format("{}: expected \"{}\", got \"{}\"", name, shown_text(expected),
                     shown_text(got));
}

const char* type_name(const Array& array) {
  static constexpr const char* kNames[] = {"float", "double", "int8", "uint8",
                                           "int32", "int64",  "text"};
  static_assert(std::size(kNames) == std::variant_size_v<Array>);
  return kNames[array.index()];
}

}  // namespace

std::optional<std::string> mismatch(const Values& expected, const Values& got,
                                    const Tolerance& tolerance) {
  const auto& wanted = expected.entries();
  const auto& given = got.entries();
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const std::string& name = wanted[i].name;
    if (i >= given.size() || given[i].name != name) {
      return fmt::format("{}: no such entry in the answer", name);
    }
    if (wanted[i].array.index() != given[i].array.index()) {
      return fmt::format("{}: expected {}, got {}", name, type_name(wanted[i].array),
                         type_name(given[i].array));
    }
    auto difference = std::visit(
        [&](const auto& array) {
          return differs(name, array, std::get<std::decay_t<decltype(array)>>(given[i].array),
                         tolerance);
        },
        wanted[i].array);
    if (difference) return difference;
  }
  if (given.size() > wanted.size()) {
    return fmt::format("{}: an entry that was not asked for",
                       one_line(clip(given[wanted.size()].name, kShownText)));
  }
  return std::nullopt;
}

}  // namespace tito
