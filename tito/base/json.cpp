#include "tito/base/json.h"

#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>

namespace tito {

struct Json::Impl {
  nlohmann::ordered_json value = nlohmann::ordered_json::object();
};

Json::Json() : impl_(std::make_unique<Impl>()) {}
Json::Json(const Json& other) : impl_(std::make_unique<Impl>(*other.impl_)) {}
Json::Json(Json&& other) noexcept = default;
Json::~Json() = default;

Json& Json::operator=(Json other) noexcept {
  std::swap(impl_, other.impl_);
  return *this;
}

Json Json::array() {
  Json result;
  result.impl_->value = nlohmann::ordered_json::array();
  return result;
}

Json& Json::set(std::string_view key, std::string_view text) {
  impl_->value[std::string(key)] = text;
  return *this;
}

Json& Json::set(std::string_view key, const std::vector<std::string>& texts) {
  impl_->value[std::string(key)] = texts;
  return *this;
}

Json& Json::set(std::string_view key, double value) {
  impl_->value[std::string(key)] = value;
  return *this;
}

Json& Json::set(std::string_view key, const Json& value) {
  impl_->value[std::string(key)] = value.impl_->value;
  return *this;
}

Json& Json::set_null(std::string_view key) {
  impl_->value[std::string(key)] = nullptr;
  return *this;
}

Json& Json::set_bool(std::string_view key, bool value) {
  impl_->value[std::string(key)] = value;
  return *this;
}

Json& Json::set_integer(std::string_view key, std::int64_t value) {
  impl_->value[std::string(key)] = value;
  return *this;
}

Json& Json::add(const Json& value) {
  impl_->value.push_back(value.impl_->value);
  return *this;
}

std::string Json::pretty() const {
  return impl_->value.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::string Json::one_line() const {
  return impl_->value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

void print_json(const Json& document) {
  const std::string text = document.pretty() + '\n';
  std::fwrite(text.data(), 1, text.size(), stdout);
}

}  // namespace tito
