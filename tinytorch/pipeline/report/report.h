#pragma once
// What became of a model, as one page that needs nothing beside it: no network, no script, light
// and dark, from 400 pixels on.

#include <filesystem>
#include <string>

#include "tinytorch/pipeline/gate/result.h"

namespace tinytorch::pipeline {

// The page. Verdict first; then accuracy with its intervals, size, latency, each layer and tensor,
// what stands in float and why, what other runtimes said, how to make it again and the hashes. The
// same result has the same bytes.
std::string to_html(const ModelResult& result);

// result.json and report.html in `folder`, each whole or not at all. Throws Error naming the file
// that cannot be written.
void write_report(const std::filesystem::path& folder, const ModelResult& result);

}  // namespace tinytorch::pipeline
