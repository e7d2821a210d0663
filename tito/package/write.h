#pragma once
// A package as a zip file or as a folder.

#include <filesystem>
#include <string>
#include <vector>

#include "tito/package/package.h"

namespace tito {

// Everything below one folder `top`. The same files give the same bytes: order, times and owners
// are fixed. Throws InternalError.
std::string zip_of(const std::vector<PackageFile>& files, const std::string& top);
// Throws UserError when `folder` exists and is not empty; leaves nothing behind when it fails.
void write_folder(const std::vector<PackageFile>& files, const std::filesystem::path& folder);

}  // namespace tito
