// Names that are C identifiers.
#include <algorithm>
#include <array>
#include <cstdio>

#include "tinytorch/onnx/model_builder.h"

namespace tinytorch::onnx {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The keywords of C90, the C that ONNX's names follow.
constexpr std::array<std::string_view, 32> kKeywords{
    "auto",   "break",  "case",     "char",   "const",    "continue", "default",  "do",
    "double", "else",   "enum",     "extern", "float",    "for",      "goto",     "if",
    "int",    "long",   "register", "return", "short",    "signed",   "sizeof",   "static",
    "struct", "switch", "typedef",  "union",  "unsigned", "void",     "volatile", "while"};

bool is_keyword(std::string_view text) {
  return std::find(kKeywords.begin(), kKeywords.end(), text) != kKeywords.end();
}

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

}  // namespace

std::string identifier(std::string_view text) {
  std::string name;
  const bool keyword = is_keyword(text);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool begins_escape = c == '_' && i + 1 < text.size() && text[i + 1] == 'x';
    const bool taken = keyword && i == 0;
    if ((is_letter(c) && !taken) || (is_digit(c) && i > 0) || (c == '_' && !begins_escape)) {
      name += c;
      continue;
    }
    std::array<char, 6> escape{};
    std::snprintf(escape.data(), escape.size(), "_x%02x_", static_cast<unsigned char>(c));
    name += escape.data();
  }
  return name.empty() ? "_x_" : name;
}

std::string original_text(std::string_view name) {
  if (name == "_x_") return "";
  std::string text;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool escape = name.size() - i >= 5 && name[i] == '_' && name[i + 1] == 'x' &&
                        hex_value(name[i + 2]) >= 0 && hex_value(name[i + 3]) >= 0 &&
                        name[i + 4] == '_';
    text +=
        escape ? static_cast<char>(hex_value(name[i + 2]) * 16 + hex_value(name[i + 3])) : name[i];
    if (escape) i += 4;
  }
  return text;
}

bool is_identifier(std::string_view name) {
  if (name.empty() || is_digit(name.front()) || is_keyword(name)) return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return is_letter(c) || is_digit(c) || c == '_'; });
}

}  // namespace tinytorch::onnx
