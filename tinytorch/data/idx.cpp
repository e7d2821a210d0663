#include "tinytorch/data/idx.h"

#include "tinytorch/core/error.h"
#include "tinytorch/data/file.h"

namespace tinytorch::data {
namespace {

constexpr int kUnsignedByte = 8;
constexpr std::size_t kMagicBytes = 4;
constexpr std::size_t kSizeBytes = 4;

std::uint8_t byte_at(const std::string& content, std::size_t offset) {
  return static_cast<std::uint8_t>(content[offset]);
}

std::int64_t big_endian(const std::string& content, std::size_t offset) {
  std::int64_t value = 0;
  for (std::size_t i = 0; i < kSizeBytes; ++i) value = value * 256 + byte_at(content, offset + i);
  return value;
}

// Bytes before the values; the header is known to be complete after this.
std::size_t check_header(const std::string& path, const std::string& content) {
  if (content.size() < kMagicBytes || content[0] != 0 || content[1] != 0) {
    throw Error(concat(path, ": at byte 0: not an IDX file, which begins with two zero bytes"));
  }
  if (byte_at(content, 2) != kUnsignedByte) {
    throw Error(concat(path, ": at byte 2: type code ", int{byte_at(content, 2)},
                       "; only 8, unsigned bytes, is supported"));
  }
  const std::size_t header = kMagicBytes + kSizeBytes * byte_at(content, 3);
  if (content.size() < header) {
    throw Error(concat(path, ": at byte ", content.size(), ": ends inside its header of ", header,
                       " bytes"));
  }
  return header;
}

}  // namespace

IdxArray read_idx(const std::string& path) {
  const std::string content = read_data_file(path);
  const std::size_t header = check_header(path, content);
  std::vector<std::int64_t> sizes;
  for (std::size_t at = kMagicBytes; at < header; at += kSizeBytes) {
    sizes.push_back(big_endian(content, at));
  }
  IdxArray array{Shape(std::move(sizes)), {}};
  const auto values = content.size() - header;
  if (values != static_cast<std::size_t>(array.shape.numel())) {
    throw Error(concat(path, ": at byte ", content.size(), ": ends with ", values,
                       " values; its header says ", to_string(array.shape), ", which is ",
                       array.shape.numel()));
  }
  array.values.assign(content.begin() + static_cast<std::ptrdiff_t>(header), content.end());
  return array;
}

TensorDataset load_idx(const std::string& images_path, const std::string& labels_path) {
  const IdxArray images = read_idx(images_path);
  const IdxArray labels = read_idx(labels_path);
  if (images.shape.ndim() < 2 || labels.shape.ndim() != 1 || images.shape[0] != labels.shape[0]) {
    throw Error(concat(images_path, " of shape ", to_string(images.shape), " and ", labels_path,
                       " of shape ", to_string(labels.shape), " do not belong together"));
  }
  const std::int64_t count = images.shape[0];
  Tensor inputs(Shape{count, count == 0 ? 0 : images.shape.numel() / count});
  const std::span<float> out = inputs.data();
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = static_cast<float>(images.values[i]) / 255.0f;
  }
  return {std::move(inputs), std::vector<std::int64_t>(labels.values.begin(), labels.values.end())};
}

}  // namespace tinytorch::data
