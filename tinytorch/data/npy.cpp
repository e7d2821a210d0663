#include "tinytorch/data/npy.h"

#include <charconv>
#include <cmath>
#include <cstring>

#include "tinytorch/core/error.h"
#include "tinytorch/data/file.h"

namespace tinytorch::data {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kMostDimensions = 32;  // NumPy's own limit
constexpr std::int64_t kMostElements = std::int64_t{1} << 31;

// The header's Python dictionary: three keys, each once, in any order.
class Header {
 public:
  Header(std::string_view text, const std::string& source, std::size_t offset)
      : text_(text), source_(source), offset_(offset) {
    expect('{');
    while (!accept('}')) {
      read_entry();
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip_spaces();
    if (at_ != text_.size()) fail("text behind the dictionary");
    if (type_.empty() || !has_order_ || !has_shape_) {
      fail("the header does not say descr, fortran_order and shape");
    }
  }

  const std::string& type() const { return type_; }
  bool fortran_order() const { return fortran_order_; }
  const std::vector<std::int64_t>& shape() const { return shape_; }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw Error(
        concat(source_, ": at byte ", static_cast<std::int64_t>(offset_ + at_), ": ", what));
  }
  void skip_spaces() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t')) {
      ++at_;
    }
  }
  bool accept(char c) {
    skip_spaces();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!accept(c)) fail(concat("expected ", std::string(1, c), " in the header"));
  }
  std::string quoted() {
    skip_spaces();
    const char quote = at_ < text_.size() ? text_[at_] : ' ';
    if (quote != '\'' && quote != '"') fail("expected a quoted text in the header");
    const std::size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) fail("a text in the header does not end");
    std::string value(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return value;
  }
  bool word(std::string_view value) {
    skip_spaces();
    if (text_.substr(at_, value.size()) != value) return false;
    at_ += value.size();
    return true;
  }

  void read_entry() {
    const std::string key = quoted();
    expect(':');
    if (key == "descr" && type_.empty()) {
      type_ = quoted();
    } else if (key == "fortran_order" && !has_order_) {
      has_order_ = true;
      fortran_order_ = word("True");
      if (!fortran_order_ && !word("False")) fail("fortran_order is neither True nor False");
    } else if (key == "shape" && !has_shape_) {
      has_shape_ = true;
      read_shape();
    } else {
      fail(concat("the key ", key, " is unknown or stands twice"));
    }
  }

  void read_shape() {
    expect('(');
    std::int64_t elements = 1;
    while (!accept(')')) {
      skip_spaces();
      std::int64_t size = 0;
      const char* begin = text_.data() + at_;
      const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), size);
      if (error != std::errc() || size < 0) fail("a size of the shape is not a number from 0");
      at_ += static_cast<std::size_t>(end - begin);
      shape_.push_back(size);
      if (shape_.size() > kMostDimensions) fail("more than 32 dimensions");
      if (size != 0 && elements > kMostElements / size) fail("more than 2147483648 elements");
      elements *= size;
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
  }

  std::string_view text_;
  const std::string& source_;
  std::size_t offset_;
  std::size_t at_ = 0;
  std::string type_;
  bool has_order_ = false;
  bool fortran_order_ = false;
  bool has_shape_ = false;
  std::vector<std::int64_t> shape_;
};

template <typename Stored>
std::vector<float> converted(std::string_view bytes, const std::string& source,
                             std::size_t offset) {
  std::vector<float> values(bytes.size() / sizeof(Stored));
  for (std::size_t i = 0; i < values.size(); ++i) {
    Stored value;
    std::memcpy(&value, bytes.data() + i * sizeof(Stored), sizeof(Stored));
    values[i] = static_cast<float>(value);
    const auto place = [&] {
      return concat(source, ": at byte ", static_cast<std::int64_t>(offset + i * sizeof(Stored)),
                    ": ");
    };
    if constexpr (std::is_integral_v<Stored>) {
      constexpr double kLast = 0x1p63;
      const auto back = static_cast<double>(values[i]);
      if (std::abs(back) >= kLast || static_cast<Stored>(back) != value) {
        throw Error(concat(place(), "the integer ", std::to_string(value), " is no float"));
      }
    } else if (std::isfinite(value) && !std::isfinite(values[i])) {
      throw Error(concat(place(), static_cast<double>(value), " is beyond the range of a float"));
    }
  }
  return values;
}

using Convert = std::vector<float> (*)(std::string_view, const std::string&, std::size_t);
struct Type {
  std::size_t bytes = 0;
  Convert convert = nullptr;
};

Type type_of(const std::string& name, const std::string& source) {
  struct Known {
    const char* name;
    Type type;
  };
  static const Known known[] = {
      {"<f4", {4, converted<float>}},         {"<f8", {8, converted<double>}},
      {"|i1", {1, converted<std::int8_t>}},   {"|u1", {1, converted<std::uint8_t>}},
      {"|b1", {1, converted<std::uint8_t>}},  {"<i2", {2, converted<std::int16_t>}},
      {"<u2", {2, converted<std::uint16_t>}}, {"<i4", {4, converted<std::int32_t>}},
      {"<u4", {4, converted<std::uint32_t>}}, {"<i8", {8, converted<std::int64_t>}},
      {"<u8", {8, converted<std::uint64_t>}},
  };
  for (const Known& each : known) {
    if (name == each.name) return each.type;
  }
  throw Error(concat(source, ": its values have the type ", name,
                     "; little-endian float32, float64, integers and bool can be read"));
}

std::size_t little_endian(std::string_view bytes, std::size_t at, std::size_t count) {
  std::size_t value = 0;
  for (std::size_t i = count; i-- > 0;) {
    value = value * 256 + static_cast<std::uint8_t>(bytes[at + i]);
  }
  return value;
}

}  // namespace

Tensor decode_npy(std::string_view bytes, const std::string& source) {
  if (bytes.size() < kMagic.size() + 4 || bytes.substr(0, kMagic.size()) != kMagic) {
    throw Error(concat(source, ": at byte 0: not a .npy file, which begins with \\x93NUMPY"));
  }
  const int version = static_cast<std::uint8_t>(bytes[kMagic.size()]);
  if (version < 1 || version > 3 || bytes[kMagic.size() + 1] != 0) {
    throw Error(concat(source, ": at byte 6: version ", version, ".",
                       int{static_cast<std::uint8_t>(bytes[kMagic.size() + 1])},
                       "; 1.0, 2.0 and 3.0 can be read"));
  }
  const std::size_t length_bytes = version == 1 ? 2 : 4;
  const std::size_t begin = kMagic.size() + 2 + length_bytes;
  if (bytes.size() < begin) throw Error(concat(source, ": ends inside its header"));
  const std::size_t length = little_endian(bytes, kMagic.size() + 2, length_bytes);
  if (length > bytes.size() - begin) {
    throw Error(concat(source, ": at byte 8: a header of ", static_cast<std::int64_t>(length),
                       " bytes, and the file ends after ",
                       static_cast<std::int64_t>(bytes.size() - begin)));
  }
  const Header header(bytes.substr(begin, length), source, begin);
  const Type type = type_of(header.type(), source);
  if (header.fortran_order() && header.shape().size() > 1) {
    throw Error(concat(source, ": is in Fortran order; save it with numpy.ascontiguousarray()"));
  }
  Shape shape(header.shape());
  const std::string_view values = bytes.substr(begin + length);
  const std::size_t wanted = static_cast<std::size_t>(shape.numel()) * type.bytes;
  if (values.size() != wanted) {
    throw Error(concat(source, ": ", static_cast<std::int64_t>(values.size()),
                       " bytes of values; the shape ", to_string(shape), " of ", header.type(),
                       " needs ", static_cast<std::int64_t>(wanted)));
  }
  return {std::move(shape), type.convert(values, source, begin + length)};
}

Tensor read_npy(const std::string& path) { return decode_npy(read_file(path), path); }

std::string encode_npy(const Tensor& values) {
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (";
  for (const std::int64_t size : values.shape().sizes()) header += concat(size, ",");
  header += "), }";
  constexpr std::size_t kAlign = 64;  // of the values, as NumPy has it
  const std::size_t fixed = kMagic.size() + 4;
  header.append(kAlign - 1 - (fixed + header.size()) % kAlign, ' ');
  header += '\n';
  std::string bytes(kMagic);
  bytes += {'\x01', '\x00', static_cast<char>(header.size() & 0xff),
            static_cast<char>(header.size() >> 8)};
  bytes += header;
  const auto data = values.data();
  bytes.append(reinterpret_cast<const char*>(data.data()), data.size_bytes());
  return bytes;
}

}  // namespace tinytorch::data
