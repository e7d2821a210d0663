#include "tinytorch/train/detail/safetensors_header.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "tinytorch/core/error.h"

namespace tinytorch::train {
namespace {

constexpr const char* kMetadata = "__metadata__";

// What the JSON parser meets, event by event: nothing is built that the format does not have, and
// depth ends at the first bracket too many. Every event that the parser asks about goes on or
// throws.
class HeaderEvents : public nlohmann::json::json_sax_t {
 public:
  HeaderEvents(std::string source, std::size_t offset)
      : source_(std::move(source)), offset_(offset) {}

  SafeTensorsHeader take() { return std::move(header_); }

  bool null() override { throw expected("null"); }
  bool boolean(bool) override { throw expected("true or false"); }
  bool binary(binary_t&) override { throw expected("bytes"); }
  bool number_integer(std::int64_t value) override { throw expected(concat(value)); }
  bool number_float(double, const std::string& text) override {
    const bool whole = text.find_first_not_of("0123456789") == std::string::npos;
    throw whole && in_array_ ? error("number too large") : expected(text.substr(0, 40));
  }
  bool number_unsigned(std::uint64_t value) override {
    if (!in_array_) throw expected(concat(value));
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      throw error("number too large");
    }
    numbers_.push_back(static_cast<std::int64_t>(value));
    return true;
  }

  bool string(std::string& text) override {
    if (in_array_ || depth_ != 2 || !(in_metadata_ || field_ == "dtype")) throw expected("text");
    if (in_metadata_) {
      header_.metadata.emplace_back(field_, std::move(text));
    } else {
      header_.entries.back().dtype = std::move(text);
    }
    return true;
  }

  bool start_object(std::size_t) override {
    if (in_array_ || depth_ == 2) throw expected("an object");
    ++depth_;
    fields_.clear();
    in_metadata_ = depth_ == 2 && name_ == kMetadata;
    if (depth_ == 2 && !in_metadata_) header_.entries.emplace_back().name = name_;
    return true;
  }

  bool key(std::string& key) override {
    if (depth_ == 1) {
      name_ = key;
      field_.clear();
      if (!names_.insert(key).second) throw error("it is given twice");
      return true;
    }
    const bool known = in_metadata_ || key == "dtype" || key == "shape" || key == "data_offsets";
    if (!known || !fields_.insert(key).second) {
      throw error(concat("field ", key, " is unknown or given twice"));
    }
    field_ = key;
    return true;
  }

  bool end_object() override {
    if (depth_ == 2 && !in_metadata_ && fields_.size() < 3) {
      throw error("it lacks dtype, shape or data_offsets");
    }
    --depth_;
    return true;
  }

  bool start_array(std::size_t) override {
    const bool numbers = field_ == "shape" || field_ == "data_offsets";
    if (in_array_ || depth_ != 2 || in_metadata_ || !numbers) throw expected("an array");
    in_array_ = true;
    numbers_.clear();
    return true;
  }

  bool end_array() override {
    in_array_ = false;
    HeaderEntry& entry = header_.entries.back();
    if (field_ == "data_offsets") {
      if (numbers_.size() != 2) throw error(concat("expected two, got ", numbers_.size()));
      entry.begin = numbers_[0];
      entry.end = numbers_[1];
      return true;
    }
    try {
      entry.shape = Shape(numbers_);
    } catch (const Error& what) {
      throw error(what.what());
    }
    return true;
  }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::json::exception& what) override {
    // "[json.exception.parse_error.101] parse error at line 1, column 6: what is wrong"
    const std::string text = what.what();
    const std::size_t at = text.find(": ");
    const std::size_t byte = offset_ + std::max<std::size_t>(position, 1) - 1;
    throw Error(concat(source_, ": at byte ", byte, ": ",
                       at == std::string::npos ? text : text.substr(at + 2)));
  }

 private:
  Error error(const std::string& what) const {
    return Error(concat(source_, ": ", name_, field_.empty() ? "" : ", " + field_, ": ", what));
  }
  Error expected(const std::string& got) const {
    const char* what = in_array_                                       ? "a whole number from 0"
                       : depth_ < 2                                    ? "an object"
                       : field_ == "shape" || field_ == "data_offsets" ? "an array"
                                                                       : "a string";
    return error(concat("expected ", what, ", got ", got));
  }

  std::string source_;
  std::size_t offset_;
  SafeTensorsHeader header_;
  int depth_ = 0;  // of objects: 1 in the header, 2 in an entry
  bool in_metadata_ = false;
  bool in_array_ = false;
  std::string name_;
  std::string field_;
  std::set<std::string> names_;
  std::set<std::string> fields_;  // of this entry
  std::vector<std::int64_t> numbers_;
};

std::string quoted(const std::string& text) {
  try {
    return nlohmann::json(text).dump();
  } catch (const nlohmann::json::exception&) {
    throw Error("safetensors: a name or a metadata value is not UTF-8");
  }
}

}  // namespace

SafeTensorsHeader read_header(std::string_view text, const std::string& source,
                              std::size_t offset) {
  const std::size_t begin = std::min(text.find_first_not_of(" \t\r\n"), text.size());
  // The parser would skip a byte order mark, and take a zero byte for the end.
  if (begin == text.size() || text[begin] != '{') {
    throw Error(concat(source, ": at byte ", offset + begin, ": expected '{'"));
  }
  if (const std::size_t zero = text.find('\0'); zero != std::string_view::npos) {
    throw Error(concat(source, ": at byte ", offset + zero, ": a zero byte in the header"));
  }
  HeaderEvents events(source, offset);
  nlohmann::json::sax_parse(text.begin(), text.end(), &events);
  return events.take();
}

std::string write_header(const SafeTensorsHeader& header) {
  std::string text;
  std::set<std::string> keys;
  for (const auto& [key, value] : header.metadata) {
    if (!keys.insert(key).second) {
      throw Error(concat("safetensors: metadata ", key, " is given twice"));
    }
    text += concat(text.empty() ? "" : ",", quoted(key), ":", quoted(value));
  }
  if (!text.empty()) text = concat(quoted(kMetadata), ":{", text, "}");
  for (const HeaderEntry& entry : header.entries) {
    const nlohmann::ordered_json fields{{"dtype", entry.dtype},
                                        {"shape", entry.shape.sizes()},
                                        {"data_offsets", {entry.begin, entry.end}}};
    text += concat(text.empty() ? "" : ",", quoted(entry.name), ":", fields.dump());
  }
  return "{" + text + "}";
}

}  // namespace tinytorch::train
