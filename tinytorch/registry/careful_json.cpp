#include "tinytorch/registry/detail/careful_json.h"

#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "tinytorch/core/error.h"
#include "tinytorch/core/printable.h"

namespace tinytorch::registry {
namespace {

using nlohmann::ordered_json;

// Keys of the objects that are being read, innermost last.
class KeyWatch {
 public:
  explicit KeyWatch(const std::string& name) : name_(name) {}

  bool operator()(int depth, ordered_json::parse_event_t event, ordered_json& value) {
    using Event = ordered_json::parse_event_t;
    if (depth > kDeepestJson) {
      throw Error(concat(name_, ": nested deeper than ", kDeepestJson, " levels"));
    }
    if (event == Event::object_start) open_.emplace_back();
    if (event == Event::object_end) open_.pop_back();
    if (event == Event::key) {
      const auto& key = value.get_ref<const std::string&>();
      if (!open_.back().insert(key).second) {
        throw Error(concat(name_, ": the key \"", printable(key), "\" stands twice in one object"));
      }
    }
    return true;
  }

 private:
  std::string name_;
  std::vector<std::set<std::string>> open_;
};

// "[json.exception.parse_error.101] parse error at line 1, …" without its private beginning.
std::string words_of(const ordered_json::exception& error) {
  const std::string text = error.what();
  const std::size_t end = text.find("] ");
  return end == std::string::npos ? text : text.substr(end + 2);
}

}  // namespace

void require_careful_json(std::string_view text, const std::string& name) {
  KeyWatch watch(name);
  try {
    const ordered_json read = ordered_json::parse(text, std::ref(watch));
    (void)read;
  } catch (const ordered_json::exception& error) {
    throw Error(concat(name, ": ", printable(words_of(error))));
  }
}

}  // namespace tinytorch::registry
