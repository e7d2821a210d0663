#include "lab/qat_ablation/plan.h"

#include <cmath>

#include "lab/qat_ablation/row_clips.h"
#include "tinytorch/core/error.h"

namespace tinytorch::lab {
namespace {

constexpr int kWidths[] = {8, 6, 4};

// What is varied alone at one width.
struct Extra {
  std::string name;
  Storage storage;
};

std::vector<Extra> extras(int bits) {
  return {{"faithful", {.bits = bits, .faithful_floor = true}},
          {"embedding", {.bits = bits, .half_embedding = true}},
          {"search", {.bits = bits, .rows = Rows::kSearch}},
          {"max", {.bits = bits, .rows = Rows::kMax}}};
}

// At the other widths the floor alone: at 8 and 6 bits it is what the original does.
std::vector<Extra> floors(int but) {
  std::vector<Extra> others;
  for (const int bits : kWidths) {
    if (bits != but) others.push_back({"faithful", {.bits = bits, .faithful_floor = true}});
  }
  return others;
}

std::vector<Extra> all_extras(int bits) {
  std::vector<Extra> all = extras(bits);
  for (const Extra& one : floors(bits)) all.push_back(one);
  return all;
}

void add_factorial(std::vector<Run>& runs) {
  for (const int bits : kWidths) {
    for (const Start start : {Start::kFirst, Start::kLate}) {
      for (const bool equal_time : {false, true}) {
        const std::string name = concat("int", bits, start == Start::kFirst ? "-first" : "-late",
                                        equal_time ? "-time" : "");
        runs.push_back(
            {.name = name, .start = start, .stored = {{.bits = bits}}, .equal_time = equal_time});
      }
    }
  }
}

}  // namespace

std::string name_of(const Storage& storage) {
  std::string name = concat("int", storage.bits);
  if (storage.rows == Rows::kSearch) name += " searched clip";
  if (storage.rows == Rows::kMax) name += " maximum";
  if (storage.faithful_floor) name += " faithful floor";
  if (storage.half_embedding) name += " fp16 embedding";
  return name;
}

quantization::WeightQatOptions options_of(const Storage& storage) {
  quantization::WeightQatOptions options;
  options.bits = storage.bits;
  options.mode =
      storage.faithful_floor ? quantization::GolfMode::kFaithful : quantization::GolfMode::kFixed;
  if (storage.rows == Rows::kMax) options.clip_of = clip_by_max;
  if (storage.rows == Rows::kSearch) {
    options.clip_of = [bits = storage.bits](std::span<const float> row) {
      return clip_by_search(row, bits);
    };
  }
  if (storage.half_embedding) {
    options.chosen = [](const std::string& name, const Tensor&) {
      return name != "token_embedding.weight" && name != "head.weight";
    };
  }
  return options;
}

std::vector<Run> all_runs(const Settings& settings) {
  std::vector<Storage> plain;
  for (const int bits : kWidths) plain.push_back({.bits = bits});
  std::vector<Storage> of_float = plain;
  for (const Extra& extra : all_extras(settings.extras_bits)) of_float.push_back(extra.storage);

  std::vector<Run> runs{{.name = "prefix", .prefix = true}, {.name = "float", .stored = of_float}};
  add_factorial(runs);
  for (const Way way : {Way::kNthElement, Way::kSort}) {
    runs.push_back({.name = concat("int8-first-time-", way == Way::kSort ? "sort" : "nth"),
                    .start = Start::kFirst,
                    .stored = {{.bits = 8}},
                    .equal_time = true,
                    .way = way});
  }
  for (const Extra& extra : all_extras(settings.extras_bits)) {
    runs.push_back({.name = concat("int", extra.storage.bits, "-late-", extra.name),
                    .start = Start::kLate,
                    .stored = {extra.storage}});
  }
  runs.push_back({.name = "warmdown", .stored = plain, .long_warmdown = true});
  return runs;
}

const Run& find_run(const std::vector<Run>& runs, const std::string& name) {
  for (const Run& run : runs) {
    if (run.name == name) return run;
  }
  throw Error(concat("qat-ablation: there is no run \"", name, "\""));
}

std::string timed_arm(const Run& run) {
  std::string name = name_of(run.stored.front());
  if (run.way == Way::kNthElement) name += " nth_element";
  if (run.way == Way::kSort) name += " sort";
  return name;
}

std::int64_t equal_time_steps(std::int64_t steps, std::int64_t begin, double ratio) {
  if (!(ratio > 0.0))
    throw Error(concat("qat-ablation: step time ratio must be positive, got ", ratio));
  const double rest = std::floor(static_cast<double>(steps - begin) / ratio);
  return begin + static_cast<std::int64_t>(rest);
}

}  // namespace tinytorch::lab
