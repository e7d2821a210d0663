#include "tinytorch/train/safetensors.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <set>

#include "tinytorch/core/error.h"
#include "tinytorch/data/file.h"
#include "tinytorch/train/detail/safetensors_header.h"

namespace tinytorch::train {
namespace {

static_assert(std::endian::native == std::endian::little,
              "values are stored as they are in memory");

constexpr std::size_t kLengthBytes = 8;
constexpr std::size_t kMaxHeader = 100'000'000;
constexpr const char* kMetadata = "__metadata__";

struct DType {
  std::string_view name;
  std::int64_t bytes;
};
constexpr std::array<DType, 16> kDTypes{{{"F64", 8},
                                         {"I64", 8},
                                         {"U64", 8},
                                         {"F32", 4},
                                         {"I32", 4},
                                         {"U32", 4},
                                         {"F16", 2},
                                         {"BF16", 2},
                                         {"I16", 2},
                                         {"U16", 2},
                                         {"F8_E4M3", 1},
                                         {"F8_E5M2", 1},
                                         {"F8_E8M0", 1},
                                         {"I8", 1},
                                         {"U8", 1},
                                         {"BOOL", 1}}};

// Of a StoredTensor or a HeaderEntry.
template <typename Described>
std::int64_t bytes_of(const Described& tensor, const std::string& where) {
  const std::int64_t unit = dtype_bytes(tensor.dtype);
  if (unit == 0) throw Error(concat(where, ": ", tensor.name, " has unknown dtype ", tensor.dtype));
  std::int64_t bytes = 0;
  if (__builtin_mul_overflow(unit, tensor.shape.numel(), &bytes)) {
    throw Error(
        concat(where, ": ", tensor.name, " of shape ", to_string(tensor.shape), " is too large"));
  }
  return bytes;
}

// The tensors must fill the values without gap or overlap: then no range needs another check.
std::vector<StoredTensor> take_values(std::vector<HeaderEntry> entries, std::string_view values,
                                      const std::string& source) {
  std::stable_sort(entries.begin(), entries.end(), [](const HeaderEntry& a, const HeaderEntry& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  std::vector<StoredTensor> tensors;
  std::int64_t position = 0;
  for (HeaderEntry& entry : entries) {
    const std::int64_t bytes = bytes_of(entry, source);
    if (entry.begin != position || entry.end < entry.begin || entry.end - entry.begin != bytes) {
      throw Error(concat(source, ": ", entry.name, " of shape ", to_string(entry.shape),
                         " should take ", bytes, " bytes from ", position, ", not [", entry.begin,
                         ", ", entry.end, ")"));
    }
    if (entry.end > static_cast<std::int64_t>(values.size())) {
      throw Error(concat(source, ": at byte ", values.size(),
                         " of the values: the file is cut off; ", entry.name, " ends at ",
                         entry.end));
    }
    tensors.push_back({std::move(entry.name), std::move(entry.dtype), std::move(entry.shape),
                       std::string(values.substr(static_cast<std::size_t>(entry.begin),
                                                 static_cast<std::size_t>(bytes)))});
    position = entry.end;
  }
  if (position != static_cast<std::int64_t>(values.size())) {
    throw Error(concat(source, ": ", values.size(), " bytes of values, of which the header names ",
                       position));
  }
  return tensors;
}

std::vector<const StoredTensor*> by_alignment(const SafeTensors& content) {
  std::vector<const StoredTensor*> order;
  std::set<std::string_view> names{kMetadata};
  for (const StoredTensor& tensor : content.tensors) {
    if (!names.insert(tensor.name).second) {
      throw Error(concat("safetensors: the name ", tensor.name, " is reserved or used twice"));
    }
    if (bytes_of(tensor, "safetensors") != static_cast<std::int64_t>(tensor.bytes.size())) {
      throw Error(concat("safetensors: ", tensor.name, " of shape ", to_string(tensor.shape),
                         " comes with ", tensor.bytes.size(), " bytes"));
    }
    order.push_back(&tensor);
  }
  std::stable_sort(order.begin(), order.end(), [](const StoredTensor* a, const StoredTensor* b) {
    return dtype_bytes(a->dtype) > dtype_bytes(b->dtype);
  });
  return order;
}

}  // namespace

std::int64_t dtype_bytes(std::string_view dtype) {
  const auto at = std::find_if(kDTypes.begin(), kDTypes.end(),
                               [&](const DType& known) { return known.name == dtype; });
  return at == kDTypes.end() ? 0 : at->bytes;
}

const StoredTensor& SafeTensors::tensor(const std::string& name) const {
  std::string names;
  for (const StoredTensor& stored : tensors) {
    if (stored.name == name) return stored;
    names += (names.empty() ? "" : ", ") + stored.name;
  }
  throw Error(concat("safetensors: no tensor ", name, "; there are: ", names));
}

const std::string& SafeTensors::value(const std::string& key) const {
  std::string keys;
  for (const auto& [name, text] : metadata) {
    if (name == key) return text;
    keys += (keys.empty() ? "" : ", ") + name;
  }
  throw Error(concat("safetensors: no metadata ", key, "; there are: ", keys));
}

StoredTensor store(std::string name, const Tensor& tensor) {
  const std::span<const float> values = tensor.data();
  StoredTensor stored{std::move(name), "F32", tensor.shape(), {}};
  stored.bytes.resize(values.size_bytes());
  if (!values.empty()) std::memcpy(stored.bytes.data(), values.data(), values.size_bytes());
  return stored;
}

std::string encode_safetensors(const SafeTensors& content) {
  SafeTensorsHeader named{{}, content.metadata};
  std::string values;
  for (const StoredTensor* tensor : by_alignment(content)) {
    const auto begin = static_cast<std::int64_t>(values.size());
    values += tensor->bytes;
    named.entries.push_back({tensor->name, tensor->dtype, tensor->shape, begin,
                             static_cast<std::int64_t>(values.size())});
  }
  std::string header = write_header(named);
  header.resize((header.size() + kLengthBytes - 1) / kLengthBytes * kLengthBytes, ' ');
  std::uint64_t length = header.size();
  std::string bytes(kLengthBytes, '\0');
  std::memcpy(bytes.data(), &length, kLengthBytes);
  return bytes + header + values;
}

SafeTensors decode_safetensors(std::string_view bytes, const std::string& source) {
  std::uint64_t length = 0;
  if (bytes.size() < kLengthBytes) {
    throw Error(concat(source, ": at byte ", bytes.size(), ": too short for a safetensors file"));
  }
  std::memcpy(&length, bytes.data(), kLengthBytes);
  if (length > kMaxHeader || length > bytes.size() - kLengthBytes) {
    throw Error(concat(source, ": at byte ", bytes.size(),
                       ": the file is cut off or no safetensors ", "file; its header would be ",
                       length, " bytes long"));
  }
  const auto header_bytes = static_cast<std::size_t>(length);
  SafeTensorsHeader header =
      read_header(bytes.substr(kLengthBytes, header_bytes), source, kLengthBytes);
  return {take_values(std::move(header.entries), bytes.substr(kLengthBytes + header_bytes), source),
          std::move(header.metadata)};
}

void write_safetensors(const std::string& path, const SafeTensors& content) {
  data::write_file_atomically(path, encode_safetensors(content));
}

SafeTensors read_safetensors(const std::string& path) {
  return decode_safetensors(data::read_file(path), path);
}

}  // namespace tinytorch::train
