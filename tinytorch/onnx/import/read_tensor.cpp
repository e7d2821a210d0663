#include "tinytorch/onnx/import/detail/read_tensor.h"

#include <onnx/onnx_pb.h>

#include <cstring>

#include "tinytorch/core/error.h"
#include "tinytorch/core/half.h"

namespace tinytorch::onnx {

namespace pb = ::onnx;

namespace {

constexpr std::size_t kMostElements = std::size_t{1} << 28;

std::string place(const pb::TensorProto& tensor) {
  return concat("tensor ", tensor.name().empty() ? std::string("without a name") : tensor.name());
}

template <typename Stored, typename Out>
std::vector<Out> from_bytes(const std::string& raw, std::size_t count) {
  std::vector<Out> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    Stored value;
    std::memcpy(&value, raw.data() + i * sizeof(Stored), sizeof(Stored));
    values[i] = static_cast<Out>(value);  // NOLINT(bugprone-signed-char-misuse): int8 is a number
  }
  return values;
}

// A double beyond the floats becomes infinity, as a cast of it in ONNX does.
SourceTensor from_raw(const pb::TensorProto& tensor, const std::string& raw, std::size_t count) {
  const std::size_t wanted = count * element_bytes(tensor.data_type());
  if (raw.size() != wanted) {
    throw Error(concat(place(tensor), ": ", static_cast<std::int64_t>(raw.size()),
                       " bytes of values; its shape needs ", static_cast<std::int64_t>(wanted)));
  }
  SourceTensor result;
  switch (tensor.data_type()) {
    case pb::TensorProto::FLOAT:
      result.values = from_bytes<float, float>(raw, count);
      break;
    case pb::TensorProto::DOUBLE:
      result.values = from_bytes<double, float>(raw, count);
      break;
    case pb::TensorProto::FLOAT16: {
      const auto halves = from_bytes<std::uint16_t, std::uint16_t>(raw, count);
      std::vector<float> values(count);
      for (std::size_t i = 0; i < count; ++i) values[i] = float_from_half(halves[i]);
      result.values = std::move(values);
      break;
    }
    case pb::TensorProto::INT64:
      result.values = from_bytes<std::int64_t, std::int64_t>(raw, count);
      break;
    case pb::TensorProto::INT32:
      result.values = from_bytes<std::int32_t, std::int64_t>(raw, count);
      break;
    case pb::TensorProto::INT16:
      result.values = from_bytes<std::int16_t, std::int64_t>(raw, count);
      break;
    case pb::TensorProto::UINT16:
      result.values = from_bytes<std::uint16_t, std::int64_t>(raw, count);
      break;
    case pb::TensorProto::INT8:
      result.values = from_bytes<std::int8_t, std::int64_t>(raw, count);
      break;
    case pb::TensorProto::UINT32:
      result.values = from_bytes<std::uint32_t, std::int64_t>(raw, count);
      break;
    case pb::TensorProto::UINT64:
      result.values = from_bytes<std::uint64_t, std::int64_t>(raw, count);
      break;
    default:  // UINT8, BOOL
      result.values = from_bytes<std::uint8_t, std::int64_t>(raw, count);
      break;
  }
  return result;
}

template <typename Out, typename List>
std::vector<Out> from_list(const pb::TensorProto& tensor, const List& list, std::size_t count) {
  if (static_cast<std::size_t>(list.size()) != count) {
    throw Error(concat(place(tensor), ": ", list.size(), " values; its shape has ",
                       static_cast<std::int64_t>(count)));
  }
  std::vector<Out> values;
  values.reserve(count);
  for (const auto value : list) values.push_back(static_cast<Out>(value));
  return values;
}

SourceTensor from_lists(const pb::TensorProto& tensor, std::size_t count) {
  SourceTensor result;
  switch (tensor.data_type()) {
    case pb::TensorProto::FLOAT:
      result.values = from_list<float>(tensor, tensor.float_data(), count);
      break;
    case pb::TensorProto::DOUBLE:
      result.values = from_list<float>(tensor, tensor.double_data(), count);
      break;
    case pb::TensorProto::FLOAT16: {
      auto values = from_list<float>(tensor, tensor.int32_data(), count);
      for (float& value : values) value = float_from_half(static_cast<std::uint16_t>(value));
      result.values = std::move(values);
      break;
    }
    case pb::TensorProto::INT64:
      result.values = from_list<std::int64_t>(tensor, tensor.int64_data(), count);
      break;
    case pb::TensorProto::UINT32:
    case pb::TensorProto::UINT64:
      result.values = from_list<std::int64_t>(tensor, tensor.uint64_data(), count);
      break;
    default:
      result.values = from_list<std::int64_t>(tensor, tensor.int32_data(), count);
      break;
  }
  return result;
}

}  // namespace

bool is_external(const pb::TensorProto& tensor) {
  return tensor.data_location() == pb::TensorProto::EXTERNAL;
}

std::size_t element_bytes(std::int32_t type) {
  switch (type) {
    case pb::TensorProto::DOUBLE:
    case pb::TensorProto::INT64:
    case pb::TensorProto::UINT64:
      return 8;
    case pb::TensorProto::FLOAT:
    case pb::TensorProto::INT32:
    case pb::TensorProto::UINT32:
      return 4;
    case pb::TensorProto::FLOAT16:
    case pb::TensorProto::INT16:
    case pb::TensorProto::UINT16:
      return 2;
    case pb::TensorProto::INT8:
    case pb::TensorProto::UINT8:
    case pb::TensorProto::BOOL:
      return 1;
    default:
      return 0;
  }
}

std::size_t element_count(const pb::TensorProto& tensor) {
  std::size_t count = 1;
  for (const std::int64_t size : tensor.dims()) {
    if (size < 0) throw Error(concat(place(tensor), ": a size of its shape is ", size));
    if (size != 0 && count > kMostElements / static_cast<std::size_t>(size)) {
      throw Error(concat(place(tensor), ": its shape has more than ",
                         static_cast<std::int64_t>(kMostElements), " elements"));
    }
    count *= static_cast<std::size_t>(size);
  }
  return count;
}

SourceTensor read_tensor(const pb::TensorProto& tensor, const std::filesystem::path& folder) {
  if (element_bytes(tensor.data_type()) == 0) {
    throw Error(concat(place(tensor), ": element type ",
                       pb::TensorProto::DataType_IsValid(tensor.data_type())
                           ? pb::TensorProto::DataType_Name(
                                 static_cast<pb::TensorProto::DataType>(tensor.data_type()))
                           : std::to_string(tensor.data_type()),
                       "; the float, integer and bool types can be read"));
  }
  if (tensor.has_segment()) throw Error(concat(place(tensor), ": is a segment of another tensor"));
  constexpr int kMostDimensions = 16;
  if (tensor.dims_size() > kMostDimensions) {
    throw Error(concat(place(tensor), ": ", tensor.dims_size(), " dimensions"));
  }
  const std::size_t count = element_count(tensor);
  SourceTensor result;
  if (is_external(tensor)) {
    result = from_raw(tensor, read_external(tensor, folder), count);
  } else if (tensor.has_raw_data()) {
    result = from_raw(tensor, tensor.raw_data(), count);
  } else {
    result = from_lists(tensor, count);
  }
  result.shape.assign(tensor.dims().begin(), tensor.dims().end());
  return result;
}

}  // namespace tinytorch::onnx
