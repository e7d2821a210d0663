#pragma once
// Words made loud. You write this part: words.cpp (counting module).

#include <string>

namespace tinytorch::counting {

// "hey" → "HEY!".
std::string shout(const std::string& word);

}  // namespace tinytorch::counting
