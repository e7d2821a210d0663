#include "milestones/support/compressed_model.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <numeric>

#include "milestones/report/text.h"
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
  row.time = time_batches(x, [&](const Tensor& rows) { (void)forward(rows); });
}

// The numbers of those rows that no other matches in bytes and accuracy and beats in one of them
// (the Pareto frontier), from the smallest to the largest. Time is left out: it is not the same in
// two runs.
std::vector<std::size_t> on_frontier(const std::vector<CompressedRow>& rows) {
  const auto beats = [](const CompressedRow& a, const CompressedRow& b) {
    return a.bytes <= b.bytes && a.accuracy >= b.accuracy &&
           (a.bytes < b.bytes || a.accuracy > b.accuracy);
  };
  std::vector<std::size_t> found(rows.size());
  std::iota(found.begin(), found.end(), std::size_t{0});
  std::erase_if(found, [&](std::size_t i) {
    return std::any_of(rows.begin(), rows.end(),
                       [&](const CompressedRow& other) { return beats(other, rows[i]); });
  });
  std::stable_sort(found.begin(), found.end(),
                   [&](std::size_t a, std::size_t b) { return rows[a].bytes < rows[b].bytes; });
  return found;
}

double kilobytes(const CompressedRow& row) { return static_cast<double>(row.bytes) / 1000.0; }

// Where models are good, a tenth of a percent is as much as one percent where they are bad: samples
// for each error, on a logarithmic axis. All right is drawn as one in ten thousand wrong.
double samples_per_error(double accuracy) { return 1.0 / std::max(1e-4, 1.0 - accuracy); }

Mark mark_of(const CompressedRow& row, double slowest, bool best) {
  const std::string time = format("%.2f µs", row.time.batch_64);
  const std::string figures =
      format("\n%.1f kB, ", kilobytes(row)) + format("%.2f %%, ", 100.0 * row.accuracy);
  return {.x = kilobytes(row),
          .y = samples_per_error(row.accuracy),
          .label = row.name + (best ? figures : ", ") + time,
          .radius = std::max(3.0, 11.0 * std::sqrt(row.time.batch_64 / slowest))};
}

}  // namespace

Report compressed_report() {
  return Report({{"name", "", 11},
                 {"accuracy", "accuracy\n(test)", 9, "%.2f %%", 100.0},
                 {"nonzero_weights", "weights\nnot 0", 7, "%.0f"},
                 {"plain_bytes", "plain\nbytes", 8},
                 {"deflated_bytes", "deflated\nbytes", 8},
                 {"bitmap_deflated_bytes"},
                 {"smallest_deflated_bytes", "smallest\ndeflated", 8},
                 {"us_per_sample_batch_1", "us/image\nbatch 1", 8, "%.2f"},
                 {"us_per_sample_batch_64", "us/image\nbatch 64", 8, "%.2f"}});
}

void add(Report& report, const CompressedRow& row) {
  report.add({row.name, row.accuracy, row.nonzero, row.plain_bytes, row.dense_bytes,
              row.bitmap_bytes, row.bytes, row.time.batch_1, row.time.batch_64});
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
  return row;
}

Chart compressed_frontier(const std::string& title, const std::vector<CompressedRow>& rows) {
  double slowest = 0.0;
  for (const CompressedRow& row : rows) slowest = std::max(slowest, row.time.batch_64);
  Series best{.colour = kBlue, .drawn = Drawn::kLine, .strong = true};
  Series others{.colour = kGrey};
  const std::vector<std::size_t> frontier = on_frontier(rows);
  for (const std::size_t i : frontier) best.marks.push_back(mark_of(rows[i], slowest, true));
  // With room for labels around the outermost, most of all on the right, where they are read.
  Axis size{"compressed file on disk, kB (logarithmic)", true, 1e9, 0.0};
  Axis accuracy{"test accuracy, % (errors logarithmic)", true, 1e9, 0.0};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Mark mark = mark_of(rows[i], slowest, false);
    size.low = std::min(*size.low, mark.x / 1.4);
    size.high = std::max(*size.high, 2.2 * mark.x);
    accuracy.low = std::min(*accuracy.low, mark.y / 1.15);
    accuracy.high = std::max(*accuracy.high, 1.25 * mark.y);
    const bool is_best = std::find(frontier.begin(), frontier.end(), i) != frontier.end();
    if (!is_best) others.marks.push_back(mark);
  }
  for (const double percent : {50., 60., 70., 80., 90., 92., 94., 95., 96., 97., 98., 99., 99.5}) {
    accuracy.ticks.push_back({samples_per_error(percent / 100.0), format("%g %%", percent)});
  }
  const std::string note =
      "Blue: nothing here is both smaller and more accurate. The area of a dot is its time per "
      "sample, batch 64.";
  return {title, note, {}, {{"", size, accuracy, {others, best}, {}, 806.0, 400.0}}};
}

std::string names_on_frontier(const std::vector<CompressedRow>& rows) {
  std::string names;
  for (const std::size_t i : on_frontier(rows)) {
    names += (names.empty() ? "" : ", ") + rows[i].name;
  }
  return names;
}

}  // namespace tinytorch::milestones
