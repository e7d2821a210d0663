#include <algorithm>

#include "tests/15_quantization/checks.h"
#include "tinytorch/quantization/study/sensitivity.h"

namespace checks15 {
namespace {

using namespace tinytorch::quantization;  // NOLINT: checks speak of nothing else

Values draw_tensor(Rng& rng) {
  const float scale = rng.uniform(0.05f, 0.3f);
  return Values()
      .add("x", normals(rng, integer(rng, 1, 300), rng.uniform(0.2f, 2.0f)))
      .add_float("scale", scale)
      .add_int("zero_point", integer(rng, -3, 3))
      .add_int("bits", integer(rng, 3, 8));
}

Values run_diagnose(const Values& in) {
  const Diagnosis d =
      diagnose(in.get<float>("x"),
               {in.get_float("scale"), static_cast<std::int32_t>(in.get_int("zero_point"))},
               full_range(static_cast<int>(in.get_int("bits"))));
  return Values()
      .add("figures", std::vector<double>{d.sqnr_db, d.clipped})
      .add_int("dead_levels", d.dead_levels);
}

std::vector<int> widths_of(std::int64_t count) {
  const std::vector<int> all{8, 6, 5, 4, 3, 2};
  return {all.begin(), all.begin() + count};
}

// Costs that mostly grow as widths shrink, in steps coarse enough for equal totals to happen.
Values draw_costs(Rng& rng) {
  const std::int64_t layers = integer(rng, 1, 7);
  const std::int64_t widths = integer(rng, 2, 6);
  std::vector<double> costs;
  std::vector<std::int64_t> sizes;
  std::int64_t weights = 0;
  for (std::int64_t l = 0; l < layers; ++l) {
    double cost = 0.0;
    for (std::int64_t w = 0; w < widths; ++w) {
      costs.push_back(cost);
      cost += static_cast<double>(integer(rng, -1, 6)) * 0.125;
    }
    sizes.push_back(integer(rng, 1, 8) * 16);
    weights += sizes.back();
  }
  const int narrow = widths_of(widths).back();
  return Values()
      .add("costs", costs)
      .add("sizes", sizes)
      .add_int("widths", widths)
      .add_int("budget", integer(rng, weights * narrow - 8, weights * 8 + 8));
}

std::vector<std::vector<double>> rows_of(const std::vector<double>& flat, std::size_t columns) {
  std::vector<std::vector<double>> rows;
  for (std::size_t i = 0; i < flat.size(); i += columns) {
    rows.emplace_back(flat.begin() + static_cast<std::ptrdiff_t>(i),
                      flat.begin() + static_cast<std::ptrdiff_t>(i + columns));
  }
  return rows;
}

Values run_allocate(const Values& in) {
  const std::vector<int> widths = widths_of(in.get_int("widths"));
  return or_error([&] {
    const std::vector<int> bits =
        allocate_bits(rows_of(in.get<double>("costs"), widths.size()),
                      in.get<std::int64_t>("sizes"), widths, in.get_int("budget"));
    return Values().add("bits", std::vector<std::int32_t>(bits.begin(), bits.end()));
  });
}

// A loss in which layers also act on each other, so that only one order of runs gives the answer.
Values run_leave_one_out(const Values& in) {
  const std::vector<int> widths = widths_of(in.get_int("widths"));
  const std::size_t layers = in.get<std::int64_t>("sizes").size();
  const std::vector<double> weight = in.get<double>("costs");
  std::vector<double> flat;
  std::vector<std::int32_t> asked;
  const LossAt loss = [&](std::span<const int> bits) {
    double sum = 3.0;
    for (std::size_t l = 0; l < bits.size(); ++l) {
      asked.push_back(bits[l]);
      sum += (weight[l] + 0.25) * (8 - bits[l]) * (l + 1 < bits.size() ? 9 - bits[l + 1] : 1);
    }
    return sum;
  };
  for (const std::vector<double>& row : leave_one_out(layers, widths, loss)) {
    flat.insert(flat.end(), row.begin(), row.end());
  }
  std::sort(asked.begin(), asked.end());  // how often which width was asked for, in any order
  return Values().add("cost", flat).add("asked", asked);
}

Values draw_traces(Rng& rng) {
  const std::int64_t layers = integer(rng, 1, 4);
  const std::int64_t out = integer(rng, 1, 4);
  const std::int64_t count = out * integer(rng, 1, 6);
  std::vector<std::int64_t> sums;
  Codes integer_codes;
  Codes simulated;
  const std::int64_t wrong = integer(rng, 0, layers * count);  // one beyond the end: none
  for (std::int64_t i = 0; i < layers * count; ++i) {
    const std::int64_t kind = integer(rng, 0, 5);
    const std::int64_t far = integer(rng, 0, 1) == 0 ? 3'000'000'000 : -3'000'000'000;
    sums.push_back(kind == 0 ? far : integer(rng, -600, 600));
    integer_codes.push_back(static_cast<std::int8_t>(integer(rng, -8, 6)));
    const std::int64_t apart = i < wrong ? 0 : integer(rng, 0, 2) == 0 ? 2 : 1;
    simulated.push_back(static_cast<std::int8_t>(integer_codes.back() + apart));
  }
  return Values()
      .add("sums", sums)
      .add("integer", integer_codes)
      .add("simulated", simulated)
      .add_int("layers", layers)
      .add_int("out", out)
      .add_int("zero_point", integer(rng, -4, 4))
      .add_int("moved", integer(rng, 0, 5) == 0 ? 1 : 0)
      .add_int("coarser", integer(rng, 0, 3 * out))  // of that output alone; most often of none
      .add_int("integer_qmax", integer(rng, 2, 7))
      .add_int("simulated_qmax", integer(rng, 2, 7));
}

Values run_divergence(const Values& in) {
  const auto sums = in.get<std::int64_t>("sums");
  const auto integer_codes = in.get<std::int8_t>("integer");
  const auto simulated = in.get<std::int8_t>("simulated");
  const std::size_t count = sums.size() / static_cast<std::size_t>(in.get_int("layers"));
  std::vector<LayerTrace> layers;
  for (std::size_t from = 0; from < sums.size(); from += count) {
    const auto slice = [&](const auto& all) {
      const auto begin = all.begin() + static_cast<std::ptrdiff_t>(from);
      return std::decay_t<decltype(all)>(begin, begin + static_cast<std::ptrdiff_t>(count));
    };
    LayerRun run{.multipliers = {},
                 .zero_point = static_cast<std::int32_t>(in.get_int("zero_point")),
                 .range = {-8, static_cast<std::int32_t>(in.get_int("integer_qmax"))},
                 .codes = slice(integer_codes)};
    for (std::int64_t o = 0; o < in.get_int("out"); ++o) {
      run.multipliers.push_back(1.0f / static_cast<float>(std::int64_t{8} << o));
    }
    LayerRun other = run;
    other.zero_point += static_cast<std::int32_t>(in.get_int("moved"));
    other.range.qmax = static_cast<std::int32_t>(in.get_int("simulated_qmax"));
    other.codes = slice(simulated);
    const auto coarser = static_cast<std::size_t>(in.get_int("coarser"));
    if (coarser < other.multipliers.size()) other.multipliers[coarser] *= 2.0f;
    layers.push_back({slice(sums), std::move(run), std::move(other)});
  }
  const std::optional<Divergence> found = first_divergence(layers);
  if (!found) return Values().add("found", std::string("nothing"));
  return Values()
      .add_int("layer", static_cast<std::int64_t>(found->layer))
      .add_int("element", static_cast<std::int64_t>(found->element))
      .add_int("cause", static_cast<std::int64_t>(found->cause));
}

}  // namespace

std::vector<Check> sensitivity_checks() {
  return {
      {"15.46",
       "diagnosis",
       "1 to 300 normal values in 3 to 8 bits, some of them beyond the ends",
       {.relative = 1e-6, .absolute = 1e-9},
       10,
       draw_tensor,
       run_diagnose},
      {"15.47",
       "costs and runs",
       "1 to 7 layers, 2 to 6 widths, a loss in which neighbours act on each other",
       {.relative = 1e-9, .absolute = 1e-9},
       6,
       draw_costs,
       run_leave_one_out},
      {"15.48",
       "allocation",
       "1 to 7 layers, 2 to 6 widths, equal totals among them, budgets from too small to ample",
       {},
       40,
       draw_costs,
       run_allocate},
      {"15.49",
       "first divergence",
       "1 to 4 layers of up to 24 outputs with every cause, or without a difference",
       {},
       20,
       draw_traces,
       run_divergence},
  };
}

}  // namespace checks15
