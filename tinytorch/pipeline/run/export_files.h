#pragma once
// The files of a model.

#include <map>

#include "tinytorch/pipeline/run/figures.h"

namespace tinytorch::pipeline {

// <name>.int8.onnx in the job's folder for the last of `forms` that is a network of integers, with
// its provenance in metadata_props: recipe and its hash, method, scheme, dialect, calibration set
// and quantizer. Every file is written whole or not at all.
void export_files(const Job& job, const Deployed& floats, const std::map<Form, Deployed>& forms);

// The QDQ model of one form, as bytes; the same run gives the same.
std::string qdq_bytes(const Job& job, const Deployed& deployed);

}  // namespace tinytorch::pipeline
