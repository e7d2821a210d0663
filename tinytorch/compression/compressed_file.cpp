#include "tinytorch/compression/compressed_file.h"

#include <zlib.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <limits>

#include "tinytorch/compression/sparse_storage.h"
#include "tinytorch/core/error.h"
#include "tinytorch/data/file.h"

namespace tinytorch::compression {
namespace {

using train::SafeTensors;
using train::StoredTensor;

const std::string kPrefix = "bitmap:";
constexpr int kGzip = 15 + 16;  // zlib's code for its largest window and gzip's frame

std::string deflated(std::string bytes, const std::string& path) {
  // zlib counts a call's bytes in 32 bits.
  if (bytes.size() > std::numeric_limits<uInt>::max()) {
    throw Error(concat(path, ": ", bytes.size(), " bytes are too many to deflate at once, at most ",
                       std::numeric_limits<uInt>::max(), "; write several files"));
  }
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, kGzip, 9, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw Error(path + ": zlib could not begin");
  }
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(bytes.data());
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int status = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (status != Z_STREAM_END) throw Error(concat(path, ": zlib stopped with status ", status));
  return out;
}

// "F32 256 64": what the bytes of a coded tensor were.
std::string described(const StoredTensor& tensor) {
  std::string text = tensor.dtype;
  for (const std::int64_t size : tensor.shape.sizes()) text += concat(" ", size);
  return text;
}

StoredTensor undescribed(const std::string& name, const std::string& text,
                         const std::string& path) {
  const auto malformed = [&] {
    return Error(concat(path, ": \"", kPrefix, name, "\" is \"", text, "\""));
  };
  const std::size_t end = std::min(text.find(' '), text.size());
  StoredTensor tensor{name, text.substr(0, end), {}, {}};
  std::vector<std::int64_t> sizes;
  std::int64_t count = 1;
  for (const char *at = text.data() + end, *last = text.data() + text.size(); at != last;) {
    std::int64_t size = 0;
    const auto [rest, error] = std::from_chars(at + 1, last, size);
    if (error != std::errc() || (rest != last && *rest != ' ')) throw malformed();
    if (size < 0 || __builtin_mul_overflow(count, size, &count)) throw malformed();
    sizes.push_back(size);
    at = rest;
  }
  if (train::dtype_bytes(tensor.dtype) == 0) throw malformed();
  tensor.shape = Shape(std::move(sizes));
  return tensor;
}

void add_coded(const StoredTensor& tensor, SafeTensors& out) {
  std::string coded = encode_bitmap(tensor.bytes, train::dtype_bytes(tensor.dtype));
  if (coded.size() >= tensor.bytes.size()) {
    out.tensors.push_back(tensor);
    return;
  }
  const auto length = static_cast<std::int64_t>(coded.size());
  out.tensors.push_back({tensor.name, "U8", Shape{length}, std::move(coded)});
  out.metadata.emplace_back(kPrefix + tensor.name, described(tensor));
}

}  // namespace

std::int64_t write_compressed(const std::string& path, const SafeTensors& content, Coding coding) {
  SafeTensors stored{{}, content.metadata};
  for (const StoredTensor& tensor : content.tensors) {
    if (coding == Coding::kBitmap) {
      add_coded(tensor, stored);
    } else {
      stored.tensors.push_back(tensor);
    }
  }
  data::write_file_atomically(path, deflated(train::encode_safetensors(stored), path));
  return static_cast<std::int64_t>(std::filesystem::file_size(path));
}

SafeTensors read_compressed(const std::string& path) {
  const SafeTensors stored = train::decode_safetensors(data::read_data_file(path), path);
  SafeTensors content;
  std::vector<StoredTensor> coded;
  for (const auto& [key, value] : stored.metadata) {
    if (key.starts_with(kPrefix)) {
      coded.push_back(undescribed(key.substr(kPrefix.size()), value, path));
    } else {
      content.metadata.emplace_back(key, value);
    }
  }
  for (const StoredTensor& tensor : stored.tensors) {
    const auto plain = std::find_if(coded.begin(), coded.end(),
                                    [&](const auto& c) { return c.name == tensor.name; });
    content.tensors.push_back(plain == coded.end() ? tensor : *plain);
    if (plain == coded.end()) continue;
    try {
      content.tensors.back().bytes =
          decode_bitmap(tensor.bytes, plain->shape.numel(), train::dtype_bytes(plain->dtype));
    } catch (const NotImplemented&) {
      throw;
    } catch (const Error& error) {
      throw Error(concat(path, ": ", tensor.name, ": ", error.what()));
    }
  }
  return content;
}

}  // namespace tinytorch::compression
