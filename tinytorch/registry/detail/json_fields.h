#pragma once
// Optional members of JSON objects, read and written. Internal to the registry.

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "tinytorch/registry/entry.h"

namespace tinytorch::registry {

template <typename T>
void read(const nlohmann::ordered_json& object, const char* key, std::optional<T>& to) {
  if (object.contains(key)) to = object[key].get<T>();
}
inline void read(const nlohmann::ordered_json& object, const char* key, std::optional<Kind>& to) {
  if (object.contains(key)) to = kind_of(object[key].get<std::string>());
}
inline void read(const nlohmann::ordered_json& object, const char* key,
                 std::optional<QuantMode>& to) {
  if (object.contains(key)) to = mode_of(object[key].get<std::string>());
}

template <typename T>
void write(nlohmann::ordered_json& object, const char* key, const std::optional<T>& value) {
  if (value) object[key] = *value;
}
inline void write(nlohmann::ordered_json& object, const char* key,
                  const std::optional<Kind>& value) {
  if (value) object[key] = name(*value);
}
inline void write(nlohmann::ordered_json& object, const char* key,
                  const std::optional<QuantMode>& value) {
  if (value) object[key] = name(*value);
}

}  // namespace tinytorch::registry
