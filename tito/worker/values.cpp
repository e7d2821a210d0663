#include "tito/worker/values.h"

#include <cstring>
#include <utility>

namespace tito {
namespace {

// Layout, in the machine's own byte order since both ends share the machine:
//   u32 entries, then for each: u16 name length, name, u8 type, u64 elements, the elements.
// `type` is the index of the alternative in Array.
constexpr std::uint32_t kMaxEntries = 4096;
constexpr std::size_t kMaxName = 1024;

class Writer {
 public:
  template <typename T>
  void number(T value) {
    raw(&value, sizeof value);
  }
  void raw(const void* data, std::size_t size) {
    if (size != 0) bytes_.append(static_cast<const char*>(data), size);
  }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// Every read is checked against what is left before anything is allocated.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  template <typename T>
  T number() {
    T value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  std::string_view take(std::size_t size) {
    if (size > rest_.size()) throw std::runtime_error("values: the bytes end too early");
    const std::string_view piece = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return piece;
  }
  std::size_t left() const { return rest_.size(); }

 private:
  std::string_view rest_;
};

template <typename Container>
Array read_array(Reader& reader, std::uint64_t elements) {
  constexpr std::size_t kSize = sizeof(typename Container::value_type);
  if (elements > reader.left() / kSize) {
    throw std::runtime_error("values: an array is longer than the bytes that follow");
  }
  const std::string_view bytes = reader.take(static_cast<std::size_t>(elements) * kSize);
  Container container(static_cast<std::size_t>(elements), typename Container::value_type{});
  if (!bytes.empty()) std::memcpy(container.data(), bytes.data(), bytes.size());
  return container;
}

template <std::size_t... Index>
Array read_any(Reader& reader, std::uint8_t type, std::uint64_t elements,
               std::index_sequence<Index...>) {
  Array array;
  const bool known =
      ((type == Index &&
        (array = read_array<std::variant_alternative_t<Index, Array>>(reader, elements), true)) ||
       ...);
  if (!known) throw std::runtime_error("values: unknown type " + std::to_string(type));
  return array;
}

}  // namespace

Values& Values::add(std::string name, std::string text) {
  entries_.push_back({std::move(name), Array(std::move(text))});
  return *this;
}

Values& Values::add_float(std::string name, float value) {
  return add(std::move(name), std::vector<float>{value});
}

Values& Values::add_int(std::string name, std::int64_t value) {
  return add(std::move(name), std::vector<std::int64_t>{value});
}

const Array& Values::find(std::string_view name) const {
  for (const Entry& entry : entries_) {
    if (entry.name == name) return entry.array;
  }
  throw std::runtime_error("values: no entry named " + std::string(name));
}

const std::string& Values::get_text(std::string_view name) const {
  const auto* text = std::get_if<std::string>(&find(name));
  if (text == nullptr) throw std::runtime_error("values: " + std::string(name) + " is not text");
  return *text;
}

float Values::get_float(std::string_view name) const {
  const std::vector<float>& array = get<float>(name);
  if (array.size() != 1)
    throw std::runtime_error("values: " + std::string(name) + " is not one float");
  return array.front();
}

std::int64_t Values::get_int(std::string_view name) const {
  const std::vector<std::int64_t>& array = get<std::int64_t>(name);
  if (array.size() != 1)
    throw std::runtime_error("values: " + std::string(name) + " is not one int");
  return array.front();
}

std::string Values::encode() const {
  if (entries_.size() > kMaxEntries) throw std::runtime_error("values: too many entries");
  Writer writer;
  writer.number(static_cast<std::uint32_t>(entries_.size()));
  for (const Entry& entry : entries_) {
    if (entry.name.size() > kMaxName) throw std::runtime_error("values: a name is too long");
    writer.number(static_cast<std::uint16_t>(entry.name.size()));
    writer.raw(entry.name.data(), entry.name.size());
    writer.number(static_cast<std::uint8_t>(entry.array.index()));
    std::visit(
        [&writer](const auto& array) {
          writer.number(static_cast<std::uint64_t>(array.size()));
          writer.raw(array.data(), array.size() * sizeof(*array.data()));
        },
        entry.array);
  }
  return writer.take();
}

Values Values::decode(std::string_view bytes) {
  Reader reader(bytes);
  const auto count = reader.number<std::uint32_t>();
  if (count > kMaxEntries) throw std::runtime_error("values: too many entries");
  Values values;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto name_size = reader.number<std::uint16_t>();
    if (name_size > kMaxName) throw std::runtime_error("values: a name is too long");
    std::string name(reader.take(name_size));
    const auto type = reader.number<std::uint8_t>();
    const auto elements = reader.number<std::uint64_t>();
    Array array =
        read_any(reader, type, elements, std::make_index_sequence<std::variant_size_v<Array>>{});
    values.entries_.push_back({std::move(name), std::move(array)});
  }
  if (reader.left() != 0) throw std::runtime_error("values: bytes follow the last entry");
  return values;
}

}  // namespace tito
