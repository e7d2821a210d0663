#pragma once
// SHA-256, by OpenSSL.

#include <string>
#include <string_view>

namespace tinytorch::registry {

// 64 hexadecimal digits, lower case.
std::string sha256_hex(std::string_view bytes);

}  // namespace tinytorch::registry
