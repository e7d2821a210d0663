#pragma once
// Words made loud. Written in module 01 (words.cpp).

#include <string>

namespace tinytorch::counting {

// "hey" → "HEY!".
std::string shout(const std::string& word);

}  // namespace tinytorch::counting
