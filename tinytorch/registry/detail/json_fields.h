#pragma once
// Optional members of JSON objects, read and written; Json is nlohmann's. Internal to the registry.

#include <optional>
#include <string>

#include "tinytorch/registry/entry.h"

namespace tinytorch::registry {

template <typename Json, typename T>
void read(const Json& object, const char* key, std::optional<T>& to) {
  if (object.contains(key)) to = object[key].template get<T>();
}
template <typename Json>
void read(const Json& object, const char* key, std::optional<Kind>& to) {
  if (object.contains(key)) to = kind_of(object[key].template get<std::string>());
}
template <typename Json>
void read(const Json& object, const char* key, std::optional<QuantMode>& to) {
  if (object.contains(key)) to = mode_of(object[key].template get<std::string>());
}

template <typename Json, typename T>
void write(Json& object, const char* key, const std::optional<T>& value) {
  if (value) object[key] = *value;
}
template <typename Json>
void write(Json& object, const char* key, const std::optional<Kind>& value) {
  if (value) object[key] = name(*value);
}
template <typename Json>
void write(Json& object, const char* key, const std::optional<QuantMode>& value) {
  if (value) object[key] = name(*value);
}

}  // namespace tinytorch::registry
