#include <cctype>
#include <cstdint>

#include "tinytorch/core/error.h"
#include "tinytorch/data/file.h"
#include "tinytorch/pipeline/data/photo.h"

namespace tinytorch::pipeline {
namespace {

constexpr std::int64_t kMostSide = 16384;
constexpr std::size_t kMostBytes = std::size_t{1} << 28;

// The words of a PGM header, and where each stands.
class PgmHeader {
 public:
  PgmHeader(std::string_view bytes, const std::string& name) : bytes_(bytes), name_(name) {}

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(concat(name_, ": offset ", at_, ": ", what));
  }
  std::string magic() {
    if (bytes_.size() < 2) fail("not a PGM file, which begins with P5 or P2");
    at_ = 2;
    return std::string(bytes_.substr(0, 2));
  }
  std::int64_t number(const char* what, std::int64_t least, std::int64_t most) {
    skip_space();
    std::int64_t value = 0;
    const std::size_t begin = at_;
    while (at_ < bytes_.size() && std::isdigit(static_cast<unsigned char>(bytes_[at_])) != 0) {
      value = value * 10 + (bytes_[at_] - '0');
      if (value > most) fail(concat(what, " is above ", most));
      ++at_;
    }
    if (at_ == begin) fail(concat("expected ", what, ", a whole number"));
    if (value < least) fail(concat(what, " is ", value, ", expected ", least, " or more"));
    return value;
  }
  // The one white space character behind the header of P5.
  std::string_view pixels() {
    if (at_ >= bytes_.size() || std::isspace(static_cast<unsigned char>(bytes_[at_])) == 0)
      fail("expected one white space before the pixels");
    return bytes_.substr(++at_);
  }
  void require_end() {
    skip_space();
    if (at_ != bytes_.size()) fail("bytes left over behind the last pixel");
  }

 private:
  void skip_space() {
    while (at_ < bytes_.size()) {
      if (bytes_[at_] == '#') {
        while (at_ < bytes_.size() && bytes_[at_] != '\n') ++at_;
      } else if (std::isspace(static_cast<unsigned char>(bytes_[at_])) != 0) {
        ++at_;
      } else {
        return;
      }
    }
  }

  std::string_view bytes_;
  const std::string& name_;
  std::size_t at_ = 0;
};

}  // namespace

Tensor decode_pgm(std::string_view bytes, const std::string& name) {
  PgmHeader header(bytes, name);
  const std::string magic = header.magic();
  if (magic != "P5" && magic != "P2") header.fail("not a PGM file, which begins with P5 or P2");
  const std::int64_t width = header.number("width", 1, kMostSide);
  const std::int64_t height = header.number("height", 1, kMostSide);
  const std::int64_t most = header.number("maxval", 1, 255);
  const auto count = static_cast<std::size_t>(width * height);
  // Before memory is asked for: a pixel takes a byte at least.
  if (bytes.size() < count) {
    header.fail(
        concat("a file of ", bytes.size(), " bytes cannot hold ", width, " x ", height, " pixels"));
  }
  std::vector<float> values(count);
  const auto scaled = [&](std::int64_t value) {
    return static_cast<float>(value) / static_cast<float>(most);
  };
  if (magic == "P2") {
    for (float& value : values) value = scaled(header.number("a pixel", 0, most));
    header.require_end();
  } else {
    const std::string_view pixels = header.pixels();
    if (pixels.size() != count)
      header.fail(concat(pixels.size(), " bytes of pixels, expected ", count));
    for (std::size_t i = 0; i < count; ++i) {
      const auto pixel = static_cast<std::uint8_t>(pixels[i]);
      if (pixel > most)
        header.fail(concat("pixel ", i, " is ", int{pixel}, ", above maxval ", most));
      values[i] = scaled(pixel);
    }
  }
  return {Shape{height, width}, std::move(values)};
}

Tensor read_pgm(const std::string& path) {
  return decode_pgm(data::read_data_file(path, kMostBytes), path);
}

}  // namespace tinytorch::pipeline
