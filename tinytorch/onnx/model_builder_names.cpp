// Names that are C identifiers.
#include <algorithm>
#include <array>
#include <cstdio>

#include "tinytorch/onnx/model_builder.h"

namespace tinytorch::onnx {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::string identifier(std::string_view text) {
  std::string name;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool begins_escape = c == '_' && i + 1 < text.size() && text[i + 1] == 'x';
    if (is_letter(c) || (is_digit(c) && i > 0) || (c == '_' && !begins_escape)) {
      name += c;
      continue;
    }
    std::array<char, 6> escape{};
    std::snprintf(escape.data(), escape.size(), "_x%02x_", static_cast<unsigned char>(c));
    name += escape.data();
  }
  return name.empty() ? "_x_" : name;
}

bool is_identifier(std::string_view name) {
  if (name.empty() || is_digit(name.front())) return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return is_letter(c) || is_digit(c) || c == '_'; });
}

}  // namespace tinytorch::onnx
