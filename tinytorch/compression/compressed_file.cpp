#include "tinytorch/compression/compressed_file.h"

#include <zlib.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <limits>
#include <map>
#include <optional>

#include "tinytorch/compression/sparse_storage.h"
#include "tinytorch/compression/stored_n_m.h"
#include "tinytorch/core/error.h"
#include "tinytorch/data/file.h"

namespace tinytorch::compression {
namespace {

using train::SafeTensors;
using train::StoredTensor;

// What keys of the metadata begin with: the tensor named behind it is stored in that form.
const std::string kBitmapKey = "bitmap:";
const std::string kNmKey = "nm:";
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

// A tensor the file holds in another form: what it was, without bytes, and its pattern; no pattern
// is a bitmap.
struct CodedTensor {
  StoredTensor plain;
  std::optional<NmPattern> pattern;
};

// The text of an entry, read from left to right. Whatever is wrong is an Error that shows it whole.
class Description {
 public:
  Description(const std::string& key, const std::string& text, const std::string& path)
      : text_(text),
        malformed_(concat(path, ": \"", key, "\" is \"", text, "\"")),
        at_(text_.data()) {}

  bool at_end() const { return at_ == end(); }

  void expect(char c) {
    if (at_end() || *at_ != c) throw malformed();
    ++at_;
  }

  template <typename Integer>
  Integer integer() {
    Integer value = 0;
    const auto [rest, error] = std::from_chars(at_, end(), value);
    if (error != std::errc()) throw malformed();
    at_ = rest;
    return value;
  }

  std::string word() {
    const char* begin = at_;
    at_ = std::find(begin, end(), ' ');
    return {begin, at_};
  }

  Error malformed() const { return Error(malformed_); }

 private:
  const char* end() const { return text_.data() + text_.size(); }

  const std::string& text_;
  std::string malformed_;
  const char* at_;
};

NmPattern read_pattern(Description& text) {
  NmPattern pattern;
  pattern.n = text.integer<int>();
  text.expect(':');
  pattern.m = text.integer<int>();
  text.expect(' ');
  return pattern;
}

// The opposite of described().
StoredTensor read_plain(std::string name, Description& text) {
  StoredTensor tensor{std::move(name), text.word(), {}, {}};
  std::vector<std::int64_t> sizes;
  std::int64_t count = 1;
  while (!text.at_end()) {
    text.expect(' ');
    sizes.push_back(text.integer<std::int64_t>());
    if (sizes.back() < 0 || __builtin_mul_overflow(count, sizes.back(), &count)) {
      throw text.malformed();
    }
  }
  if (train::dtype_bytes(tensor.dtype) == 0) throw text.malformed();
  tensor.shape = Shape(std::move(sizes));
  return tensor;
}

// Nothing for metadata that speaks of no coded tensor.
std::optional<CodedTensor> coded_tensor(const std::string& key, const std::string& value,
                                        const std::string& path) {
  Description text(key, value, path);
  if (key.starts_with(kBitmapKey)) {
    return CodedTensor{read_plain(key.substr(kBitmapKey.size()), text), {}};
  }
  if (!key.starts_with(kNmKey)) return std::nullopt;
  const NmPattern pattern = read_pattern(text);
  return CodedTensor{read_plain(key.substr(kNmKey.size()), text), pattern};
}

// One way to store a tensor; without a key it is as it was.
struct Form {
  std::string bytes;
  std::string key;
  std::string text;
};

Form smallest_form(const StoredTensor& tensor, Coding coding) {
  Form best{tensor.bytes, "", ""};
  if (coding == Coding::kDense) return best;
  if (const auto found = coding == Coding::kSmallest ? find_n_m(tensor) : std::nullopt) {
    best = {encode_n_m(tensor, *found), kNmKey,
            concat(found->n, ":", found->m, " ", described(tensor))};
  }
  std::string bitmap = encode_bitmap(tensor.bytes, train::dtype_bytes(tensor.dtype));
  if (bitmap.size() < best.bytes.size()) best = {std::move(bitmap), kBitmapKey, described(tensor)};
  return best;
}

void add_tensor(const StoredTensor& tensor, Coding coding, SafeTensors& out) {
  Form form = smallest_form(tensor, coding);
  if (form.key.empty()) {
    out.tensors.push_back(tensor);
    return;
  }
  const auto length = static_cast<std::int64_t>(form.bytes.size());
  out.tensors.push_back({tensor.name, "U8", Shape{length}, std::move(form.bytes)});
  out.metadata.emplace_back(form.key + tensor.name, std::move(form.text));
}

std::string decoded(const StoredTensor& stored, const CodedTensor& coded) {
  if (stored.dtype != "U8") throw Error(concat("stored as ", stored.dtype, ", not as U8"));
  const StoredTensor& plain = coded.plain;
  if (coded.pattern) return decode_n_m(stored.bytes, plain, *coded.pattern);
  return decode_bitmap(stored.bytes, plain.shape.numel(), train::dtype_bytes(plain.dtype));
}

}  // namespace

std::int64_t write_compressed(const std::string& path, const SafeTensors& content, Coding coding) {
  SafeTensors stored{{}, content.metadata};
  for (const auto& [key, text] : content.metadata) {
    if (!key.starts_with(kBitmapKey) && !key.starts_with(kNmKey)) continue;
    throw Error(concat(path, ": metadata \"", key, "\" would be read as that of a coded tensor; ",
                       "take another name"));
  }
  for (const StoredTensor& tensor : content.tensors) add_tensor(tensor, coding, stored);
  data::write_file_atomically(path, deflated(train::encode_safetensors(stored), path));
  return static_cast<std::int64_t>(std::filesystem::file_size(path));
}

SafeTensors read_compressed(const std::string& path) {
  SafeTensors stored = train::decode_safetensors(data::read_data_file(path), path);
  SafeTensors content;
  std::map<std::string, CodedTensor> coded;  // by name
  for (auto& [key, text] : stored.metadata) {
    auto tensor = coded_tensor(key, text, path);
    if (!tensor) {
      content.metadata.emplace_back(std::move(key), std::move(text));
    } else if (!coded.emplace(tensor->plain.name, *tensor).second) {
      throw Error(concat(path, ": ", tensor->plain.name, " is coded twice"));
    }
  }
  for (StoredTensor& tensor : stored.tensors) {
    const auto found = coded.find(tensor.name);
    if (found == coded.end()) {
      content.tensors.push_back(std::move(tensor));
      continue;
    }
    try {
      content.tensors.push_back(found->second.plain);
      content.tensors.back().bytes = decoded(tensor, found->second);
    } catch (const NotImplemented&) {
      throw;
    } catch (const Error& error) {
      throw Error(concat(path, ": ", tensor.name, ": ", error.what()));
    }
    coded.erase(found);
  }
  if (!coded.empty()) {
    throw Error(concat(
        path, ": the metadata names a tensor that the file does not hold: ", coded.begin()->first));
  }
  return content;
}

}  // namespace tinytorch::compression
