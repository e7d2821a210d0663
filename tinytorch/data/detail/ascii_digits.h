#pragma once
// Digits and white space of every script, as Python's float() and int() take them. For
// csv_text.cpp. Given.

#include <string>
#include <string_view>

namespace tinytorch::data {

// UTF-8 with each decimal digit of Unicode as '0' to '9' and each white space beyond ASCII as ' ':
// "１２" becomes "12", a no-break space a space. Text of ASCII alone and anything else, malformed
// bytes included, stay as they are.
std::string with_ascii_digits(std::string_view text);

}  // namespace tinytorch::data
