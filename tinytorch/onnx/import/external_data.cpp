// Constants that lie in files of their own.

#include <onnx/onnx_pb.h>

#include <charconv>
#include <fstream>
#include <map>

#include "tinytorch/core/at_place.h"
#include "tinytorch/data/path_jail.h"
#include "tinytorch/onnx/import/detail/read_tensor.h"
#include "tinytorch/onnx/import/read_model.h"

namespace tinytorch::onnx {

namespace fs = std::filesystem;
namespace pb = ::onnx;

namespace {

std::uint64_t number(const std::map<std::string, std::string>& entries, const std::string& key,
                     std::uint64_t otherwise) {
  const auto found = entries.find(key);
  if (found == entries.end()) return otherwise;
  const std::string& text = found->second;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size()) return value;
  throw Error(concat("external data: ", key, " is \"", text, "\"; expected a number of bytes"));
}

std::string read_part(const fs::path& path, std::uint64_t offset, std::uint64_t length) {
  const std::uint64_t size = fs::file_size(path);
  if (offset > size || length > size - offset) {
    throw Error(concat("external data: bytes ", offset, " to ", offset + length, " of ",
                       path.filename().string(), ", which has ", size));
  }
  std::string bytes(static_cast<std::size_t>(length), '\0');
  std::ifstream file(path, std::ios::binary);
  file.seekg(static_cast<std::streamoff>(offset));
  file.read(bytes.data(), static_cast<std::streamsize>(length));
  if (!file) throw Error(concat("external data: ", path.filename().string(), " cannot be read"));
  return bytes;
}

std::string read_entries(const pb::TensorProto& tensor, const fs::path& folder) {
  std::map<std::string, std::string> entries;
  for (const pb::StringStringEntryProto& entry : tensor.external_data()) {
    entries[entry.key()] = entry.value();
  }
  if (!entries.contains("location")) throw Error("external data: the file is not named");
  if (folder.empty()) throw Error("external data: there is no folder to read them from");
  const std::uint64_t wanted = element_count(tensor) * element_bytes(tensor.data_type());
  const std::uint64_t length = number(entries, "length", wanted);
  if (length != wanted) {
    throw Error(concat("external data: ", length, " bytes; the shape needs ", wanted));
  }
  return read_part(data::path_inside(folder, entries["location"]), number(entries, "offset", 0),
                   length);
}

void put_inside(pb::TensorProto& tensor, const fs::path& folder) {
  if (!is_external(tensor)) return;
  tensor.set_raw_data(read_external(tensor, folder));
  tensor.clear_external_data();
  tensor.clear_data_location();
}

}  // namespace

std::string read_external(const pb::TensorProto& tensor, const fs::path& folder) {
  return at_place(concat("tensor ", tensor.name()), [&] { return read_entries(tensor, folder); });
}

std::string self_contained(std::string_view bytes, const fs::path& folder) {
  count_messages(bytes);
  pb::ModelProto model;
  if (!model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    throw Error("not an ONNX model");
  }
  bool changed = false;
  pb::GraphProto& graph = *model.mutable_graph();
  for (pb::TensorProto& tensor : *graph.mutable_initializer()) {
    changed = changed || is_external(tensor);
    put_inside(tensor, folder);
  }
  for (pb::NodeProto& node : *graph.mutable_node()) {
    for (pb::AttributeProto& attribute : *node.mutable_attribute()) {
      if (!attribute.has_t()) continue;
      changed = changed || is_external(attribute.t());
      put_inside(*attribute.mutable_t(), folder);
    }
  }
  return changed ? model.SerializeAsString() : std::string(bytes);
}

}  // namespace tinytorch::onnx
