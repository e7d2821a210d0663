#include "milestones/compressed_model.h"

#include <algorithm>
#include <cctype>
#include <cstdio>

#include "milestones/frontier_svg.h"
#include "milestones/measure.h"
#include "milestones/program.h"
#include "tinytorch/autograd/node.h"
#include "tinytorch/compression/compressed_file.h"
#include "tinytorch/compression/masks.h"
#include "tinytorch/core/error.h"
#include "tinytorch/quantization/deployed/network_file.h"

namespace tinytorch::milestones {
namespace {

namespace fs = std::filesystem;
using namespace compression;  // NOLINT: a program's, not a header

// A name for files that every system takes: "2:4" → "2_4".
std::string file_name(std::string name) {
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name + ".safetensors";
}

// Writes the model in every form, keeps the smallest, and reads it back.
train::SafeTensors store_and_read(CompressedRow& row, const train::SafeTensors& content,
                                  const fs::path& folder) {
  const std::string plain = (folder / file_name(row.name)).string();
  const std::string packed = plain + ".gz";
  train::write_safetensors(plain, content);
  row.plain_bytes = static_cast<std::int64_t>(fs::file_size(plain));
  fs::remove(plain);
  row.dense_bytes = write_compressed(packed, content, Coding::kDense);
  row.bitmap_bytes = write_compressed(packed, content, Coding::kBitmap);
  row.bytes = write_compressed(packed, content, Coding::kSmallest);
  return read_compressed(packed);
}

template <typename Forward>
void measure_run(CompressedRow& row, const data::TensorDataset& test, Forward forward) {
  const autograd::NoGradGuard no_grad;
  const Tensor& x = test.inputs();
  row.accuracy = accuracy(forward(x), test);
  for (const std::int64_t batch : {1, 64}) {
    const Tensor rows = x.rows(0, batch);
    const double us = time_per_sample([&] { (void)forward(rows); }, batch);
    (batch == 1 ? row.us_batch_1 : row.us_batch_64) = us;
  }
}

void print_row(const CompressedRow& row) {
  std::printf("  %-11s %7.2f %% %7.0f %8lld %8lld %8lld %8.2f %8.2f\n", row.name.c_str(),
              100.0 * row.accuracy, row.nonzero, static_cast<long long>(row.plain_bytes),
              static_cast<long long>(row.dense_bytes), static_cast<long long>(row.bytes),
              row.us_batch_1, row.us_batch_64);
  std::fflush(stdout);
}

}  // namespace

void print_compressed_head() {
  std::printf("  %-11s %9s %7s %8s %8s %8s %8s %8s\n", "", "accuracy", "weights", "plain",
              "deflated", "smallest", "us/image", "us/image");
  std::printf("  %-11s %9s %7s %8s %8s %8s %8s %8s\n", "", "(test)", "not 0", "bytes", "bytes",
              "deflated", "batch 1", "batch 64");
}

CompressedRow measure_compressed(const std::string& name, nn::Sequential& model,
                                 const data::TensorDataset& test, const fs::path& folder) {
  CompressedRow row{.name = name};
  train::SafeTensors content;
  for (const auto& [key, tensor] : model.state_dict()) {
    content.tensors.push_back(train::store(key, tensor));
  }
  std::vector<nn::NamedTensor> state;
  for (const train::StoredTensor& stored : store_and_read(row, content, folder).tensors) {
    state.emplace_back(stored.name, train::restore(stored));
  }
  model.load_state_dict(state);
  for (const auto& [key, weight] : prunable_weights(model)) {
    row.nonzero += static_cast<double>(weight.numel()) * (1.0 - sparsity(weight.data()));
  }
  model.eval();
  measure_run(row, test, [&](const Tensor& x) { return model.forward(x); });
  print_row(row);
  return row;
}

CompressedRow measure_compressed(const std::string& name,
                                 const quantization::QuantizedNetwork& model,
                                 const data::TensorDataset& test, const fs::path& folder) {
  CompressedRow row{.name = name};
  const std::string path = (folder / "integers.safetensors").string();  // gone when it was read
  quantization::save_network(path, model);
  train::write_safetensors(path, store_and_read(row, train::read_safetensors(path), folder));
  const quantization::QuantizedNetwork deployed = quantization::load_network(path).network;
  fs::remove(path);
  for (const quantization::QuantizedNode& node : deployed.nodes()) {
    const auto layer = quantization::layer_values(node);
    if (!layer) continue;
    row.nonzero += static_cast<double>(layer->weight.size()) -
                   static_cast<double>(std::count(layer->weight.begin(), layer->weight.end(), 0));
  }
  measure_run(row, test, [&](const Tensor& x) { return deployed.forward(x); });
  print_row(row);
  return row;
}

namespace {

std::string to_json(const std::vector<CompressedRow>& rows, std::uint64_t seed, double seconds) {
  std::string out = concat("{\"seed\":", seed, ",\"seconds\":", seconds, ",\"rows\":[");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const CompressedRow& row = rows[i];
    out += concat(
        i == 0 ? "" : ",", "{\"name\":\"", row.name, "\",\"accuracy\":", row.accuracy,
        ",\"nonzero_weights\":", row.nonzero, ",\"plain_bytes\":", row.plain_bytes,
        ",\"deflated_bytes\":", row.dense_bytes, ",\"bitmap_deflated_bytes\":", row.bitmap_bytes,
        ",\"smallest_deflated_bytes\":", row.bytes, ",\"us_per_sample_batch_1\":", row.us_batch_1,
        ",\"us_per_sample_batch_64\":", row.us_batch_64, "}");
  }
  return out + "]}\n";
}

std::vector<FrontierRow> frontier_rows(const std::vector<CompressedRow>& rows) {
  std::vector<FrontierRow> dots;
  dots.reserve(rows.size());
  for (const CompressedRow& row : rows) {
    dots.push_back({row.name, row.accuracy, static_cast<double>(row.bytes), row.us_batch_64});
  }
  return dots;
}

}  // namespace

void write_compressed_results(const std::vector<CompressedRow>& rows, std::uint64_t seed,
                              double seconds, const fs::path& folder) {
  write_file(folder / "results.json", to_json(rows, seed, seconds));
  write_file(folder / "compressed_digits.svg",
             frontier_svg("Handwritten digits, made small in ten ways", frontier_rows(rows)));
}

std::string names_on_frontier(const std::vector<CompressedRow>& rows) {
  std::string names;
  for (const std::size_t i : on_frontier(frontier_rows(rows))) {
    names += (names.empty() ? "" : ", ") + rows[i].name;
  }
  return names;
}

}  // namespace tinytorch::milestones
