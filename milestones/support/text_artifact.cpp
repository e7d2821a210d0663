#include "milestones/support/text_artifact.h"

#include <zlib.h>

#include <cstring>
#include <utility>

#include "tinytorch/core/error.h"
#include "tinytorch/core/half.h"

namespace tinytorch::milestones {
namespace {

using quantization::GolfTensor;
using quantization::WeightQatOptions;

enum class Stored { kCodes, kHalves, kFloats };

Stored form_of(const std::string& name, const Tensor& parameter, const WeightQatOptions& options) {
  if (parameter.ndim() != 2) return Stored::kFloats;
  const bool chosen = !options.chosen || options.chosen(name, parameter);
  return chosen ? Stored::kCodes : Stored::kHalves;
}

template <typename T>
void append(std::string& bytes, const std::vector<T>& values) {
  bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

// Reads what append() wrote.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  void read(void* to, std::size_t size) {
    if (size > rest_.size()) throw Error("unpack_model: the bytes end too early for this model");
    std::memcpy(to, rest_.data(), size);
    rest_.remove_prefix(size);
  }
  template <typename T>
  std::vector<T> read(std::size_t count) {
    std::vector<T> values(count);
    read(values.data(), count * sizeof(T));
    return values;
  }
  void require_end() const {
    if (!rest_.empty()) {
      throw Error(concat("unpack_model: ", rest_.size(), " bytes are left over for this model"));
    }
  }

 private:
  std::string_view rest_;
};

std::string deflated(const std::string& bytes) {
  uLongf size = compressBound(bytes.size());
  std::string packed(size + sizeof(std::uint32_t), '\0');
  const auto length = static_cast<std::uint32_t>(bytes.size());
  std::memcpy(packed.data(), &length, sizeof length);
  const int status =
      compress2(reinterpret_cast<Bytef*>(packed.data() + sizeof length), &size,
                reinterpret_cast<const Bytef*>(bytes.data()), bytes.size(), Z_BEST_COMPRESSION);
  if (status != Z_OK) throw Error(concat("pack_model: zlib answered ", status));
  packed.resize(size + sizeof length);
  return packed;
}

std::string inflated(std::string_view packed) {
  std::uint32_t length = 0;
  if (packed.size() < sizeof length) throw Error("unpack_model: the bytes are damaged");
  std::memcpy(&length, packed.data(), sizeof length);
  std::string bytes(length, '\0');
  uLongf size = length;
  const int status = uncompress(reinterpret_cast<Bytef*>(bytes.data()), &size,
                                reinterpret_cast<const Bytef*>(packed.data() + sizeof length),
                                packed.size() - sizeof length);
  if (status != Z_OK || size != length) throw Error("unpack_model: the bytes are damaged");
  return bytes;
}

void read_parameter(Reader& reader, Stored form, Tensor parameter) {
  const auto count = static_cast<std::size_t>(parameter.numel());
  if (form == Stored::kFloats) return reader.read(parameter.data().data(), count * sizeof(float));
  GolfTensor stored;
  if (form == Stored::kHalves) {
    stored.halves = reader.read<std::uint16_t>(count);
  } else {
    stored.scales = reader.read<std::uint16_t>(static_cast<std::size_t>(parameter.size(0)));
    stored.codes = reader.read<std::int8_t>(count);
  }
  golf_restore(stored, parameter.data());
}

}  // namespace

std::string pack_model(const nn::Module& model, const WeightQatOptions& options) {
  std::string bytes;
  for (const auto& [name, parameter] : model.named_parameters()) {
    const std::span<const float> w = std::as_const(parameter).data();
    switch (form_of(name, parameter, options)) {
      case Stored::kFloats:
        append(bytes, std::vector<float>(w.begin(), w.end()));
        break;
      case Stored::kHalves: {
        std::vector<std::uint16_t> halves;
        for (const float value : w) halves.push_back(half_from_float(value));
        append(bytes, halves);
        break;
      }
      case Stored::kCodes: {
        const GolfTensor stored = quantization::stored_rows(w, parameter.size(0), options);
        append(bytes, stored.scales);
        append(bytes, stored.codes);
      }
    }
  }
  return deflated(bytes);
}

void unpack_model(std::string_view bytes, nn::Module& model, const WeightQatOptions& options) {
  const std::string plain = inflated(bytes);
  Reader reader(plain);
  for (const auto& [name, parameter] : model.named_parameters()) {
    read_parameter(reader, form_of(name, parameter, options), parameter);
  }
  reader.require_end();
}

}  // namespace tinytorch::milestones
