#pragma once
// A deployed network of any shape in one safetensors file. Given.
//
// For node i: metadata "i.kind", "i.path", "i.inputs" and what the kind needs; for a layer also the
// tensors "i.weight" (I8 [out, in] or [out, kernel, kernel, in/groups], or below 8 bits U8 with the
// codes packed, packing.h), "i.weight_scale" F32 [out] and "i.bias" I32 [out]. Of a function of one
// number its table, I8 [256] (detail/graph_nodes_file.h).

#include <string>
#include <utility>
#include <vector>

#include "tinytorch/quantization/deployed/quantized_network.h"

namespace tinytorch::quantization {

// Where a network came from: {"method", "qat"}, {"recipe", "…"}. Keys must be unique.
using Provenance = std::vector<std::pair<std::string, std::string>>;

struct StoredNetwork {
  QuantizedNetwork network;
  Provenance provenance;
};

// Written whole or not at all. Throws Error naming the file.
void save_network(const std::string& path, const QuantizedNetwork& network,
                  const Provenance& provenance = {});

// The same network, bit for bit. Throws Error naming the file and what is missing or malformed; for
// a file in an older format, which cannot be read, it says what to do.
StoredNetwork load_network(const std::string& path);

}  // namespace tinytorch::quantization
