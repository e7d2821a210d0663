#pragma once
// A JSON document to print. nlohmann/json does the work; kept behind this header, since including
// it costs two seconds a source.

#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tito {

// An object (keys keep their order) or an array. Text that is not UTF-8 is repaired when printed.
class Json {
 public:
  Json();  // an empty object
  static Json array();
  Json(const Json& other);
  Json(Json&& other) noexcept;
  Json& operator=(Json other) noexcept;
  ~Json();

  Json& set(std::string_view key, std::string_view text);
  Json& set(std::string_view key, const std::vector<std::string>& texts);
  Json& set(std::string_view key, double value);
  Json& set(std::string_view key, const Json& value);
  Json& set_null(std::string_view key);
  template <std::same_as<bool> Bool>
  Json& set(std::string_view key, Bool value) {
    return set_bool(key, value);
  }
  template <std::integral Integer>
  requires(!std::same_as<Integer, bool>) Json& set(std::string_view key, Integer value) {
    return set_integer(key, static_cast<std::int64_t>(value));
  }
  Json& add(const Json& value);  // to an array

  std::string pretty() const;    // indented, without a final newline
  std::string one_line() const;  // for streams of documents

 private:
  Json& set_bool(std::string_view key, bool value);
  Json& set_integer(std::string_view key, std::int64_t value);
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The document and a newline on standard output.
void print_json(const Json& document);

}  // namespace tito
