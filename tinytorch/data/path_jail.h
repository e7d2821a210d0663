#pragma once
// Paths that a file names and that must not lead out of its folder: external data of a model, the
// entries of a registry. Given (path_jail.cpp).

#include <filesystem>
#include <string>

namespace tinytorch::data {

// The path of `name` below `folder`, links resolved. Throws Error naming both unless it is a
// regular file that lies there: an empty or an absolute path, a ".." anywhere in it, and a symbolic
// link that leads out of the folder are refused.
std::filesystem::path path_inside(const std::filesystem::path& folder, const std::string& name);

// The part of this that needs no file: throws Error unless `name` is a relative path without "..".
// For names that are about to be written.
void require_relative_name(const std::string& name);

}  // namespace tinytorch::data
