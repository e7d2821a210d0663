#pragma once
// What travels between the judge and a worker: named, typed arrays, and their bytes.
// Shared by tito and the workers; needs nothing but the standard library.

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tito {

using Array = std::variant<std::vector<float>, std::vector<double>, std::vector<std::int8_t>,
                           std::vector<std::uint8_t>, std::vector<std::int32_t>,
                           std::vector<std::int64_t>, std::string>;

class Values {
 public:
  template <typename T>
  Values& add(std::string name, std::vector<T> array) {
    entries_.push_back({std::move(name), Array(std::move(array))});
    return *this;
  }
  Values& add(std::string name, std::string text);
  Values& add_float(std::string name, float value);
  Values& add_int(std::string name, std::int64_t value);

  // Throws std::runtime_error naming the entry when it is missing or of another type.
  template <typename T>
  const std::vector<T>& get(std::string_view name) const;
  const std::string& get_text(std::string_view name) const;
  float get_float(std::string_view name) const;
  std::int64_t get_int(std::string_view name) const;

  struct Entry {
    std::string name;
    Array array;
  };
  const std::vector<Entry>& entries() const { return entries_; }

  std::string encode() const;
  // Never trusts a length it has not checked. Throws std::runtime_error on malformed bytes.
  static Values decode(std::string_view bytes);

 private:
  const Array& find(std::string_view name) const;
  std::vector<Entry> entries_;
};

template <typename T>
const std::vector<T>& Values::get(std::string_view name) const {
  const auto* array = std::get_if<std::vector<T>>(&find(name));
  if (array == nullptr)
    throw std::runtime_error("values: " + std::string(name) + " has another type");
  return *array;
}

}  // namespace tito
