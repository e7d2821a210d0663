#include "tests/fuzz/fuzz.h"
#include "tinytorch/quantization/deployed/network_file.h"

using namespace tinytorch;

// A network that was read is a network that runs.
FUZZ_TARGET(quantized_network) {
  const fuzz::MemoryFile file(bytes);
  fuzz::value_or_error([&] {
    const auto stored = quantization::load_network(file.path());
    const quantization::QuantizedNetwork& network = stored.network;
    if (network.activation_bytes() > (1 << 20)) return;
    const std::vector<std::int8_t> codes(
        static_cast<std::size_t>(network.values().front().codes()));
    network.forward_codes(codes);
  });
}
