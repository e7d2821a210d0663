#pragma once
// What the registry's verbs share.

#include <filesystem>
#include <string>

#include "tinytorch/registry/add.h"
#include "tito/model/verb.h"

namespace tito::model {

// --registry PATH, else models/ of the project ($TITO_ROOT), else of the current folder.
std::filesystem::path registry_of(const Arguments& arguments);

// The addition that a run's folder asks for: build/models/<id>/ with result.json, the two ONNX
// files and, where there is one, the sidecar. Throws Error naming what is missing.
tinytorch::registry::Addition addition_of(const std::filesystem::path& folder);

// A path that a run recorded: from the project's folder, or else from here.
std::filesystem::path project_file(const std::string& path);

}  // namespace tito::model
