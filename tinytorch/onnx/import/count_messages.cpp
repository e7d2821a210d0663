// Counts a model's messages before protobuf makes objects of them. Internal to read_model.h.

#include <optional>

#include "tinytorch/core/error.h"
#include "tinytorch/onnx/import/read_model.h"

namespace tinytorch::onnx {
namespace {

// kOther: messages inside, but of kinds that a model needs few of. kLeaf: text or numbers.
enum class Kind { kModel, kGraph, kNode, kAttribute, kTensor, kSparse, kTraining, kOther, kLeaf };

// What is in a field.
Kind kind_of(Kind parent, std::uint64_t field) {
  switch (parent) {
    case Kind::kModel:
      if (field == 7) return Kind::kGraph;
      if (field == 20) return Kind::kTraining;
      return field == 25 ? Kind::kOther : Kind::kLeaf;
    case Kind::kGraph:
      if (field == 1) return Kind::kNode;
      if (field == 5) return Kind::kTensor;
      if (field == 15) return Kind::kSparse;
      // Inputs, outputs and what else describes values.
      return field >= 11 && field <= 14 ? Kind::kOther : Kind::kLeaf;
    case Kind::kNode:
      return field == 5 ? Kind::kAttribute : Kind::kLeaf;
    case Kind::kAttribute:
      if (field == 5 || field == 10) return Kind::kTensor;
      if (field == 6 || field == 11) return Kind::kGraph;
      if (field == 14 || field == 15) return Kind::kOther;
      return field == 22 || field == 23 ? Kind::kSparse : Kind::kLeaf;
    case Kind::kSparse:
      return Kind::kTensor;
    case Kind::kTraining:
      return field <= 2 ? Kind::kGraph : Kind::kOther;
    case Kind::kTensor:
      return field == 13 ? Kind::kOther : Kind::kLeaf;
    default:
      return Kind::kLeaf;
  }
}

class Counter {
 public:
  Counter(std::string_view bytes, std::int64_t most) : bytes_(bytes), most_(most) {}

  std::int64_t count() {
    walk(0, bytes_.size(), Kind::kModel, 0);
    return found_;
  }

 private:
  [[noreturn]] void malformed(std::size_t at) const {
    throw Error(concat("at byte ", static_cast<std::int64_t>(at), ": not an ONNX model"));
  }

  std::uint64_t varint(std::size_t& at, std::size_t end) const {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64 && at < end; shift += 7) {
      const auto byte = static_cast<std::uint8_t>(bytes_[at++]);
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    malformed(at);
  }

  void walk(std::size_t at, std::size_t end, Kind kind, int depth) {
    constexpr int kDeepest = 60;
    if (depth > kDeepest) throw Error("graphs are nested more than 60 messages deep");
    while (at < end) {
      const std::size_t begin = at;
      const std::uint64_t key = varint(at, end);
      const std::uint64_t wire = key & 7;
      if (wire == 0) {
        varint(at, end);
      } else if (wire == 1 || wire == 5) {
        at += wire == 1 ? 8 : 4;
        if (at > end) malformed(begin);
      } else if (wire == 2) {
        const std::uint64_t size = varint(at, end);
        if (size > end - at) malformed(begin);
        const Kind inner = kind_of(kind, key >> 3);
        const std::size_t inner_end = at + static_cast<std::size_t>(size);
        add(inner == Kind::kOther ? 1 + static_cast<std::int64_t>(size / kOtherBytes) : 1);
        if (inner != Kind::kOther && inner != Kind::kLeaf) walk(at, inner_end, inner, depth + 1);
        at = inner_end;
      } else {
        malformed(begin);
      }
    }
  }

  void add(std::int64_t messages) {
    found_ += messages;
    if (found_ <= most_) return;
    throw Error(concat("more than ", most_, " nodes, tensors, attributes and names"));
  }

  static constexpr std::uint64_t kOtherBytes = 16;  // of which one counts as a message

  std::string_view bytes_;
  std::int64_t most_;
  std::int64_t found_ = 0;
};

}  // namespace

std::int64_t count_messages(std::string_view bytes, std::int64_t most) {
  return Counter(bytes, most).count();
}

}  // namespace tinytorch::onnx
