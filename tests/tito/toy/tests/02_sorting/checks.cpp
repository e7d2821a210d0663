#include "tinytorch/sorting/order.h"
#include "tito/worker/check.h"

namespace tito {
namespace {

Values some_numbers(tinytorch::Rng& rng) {
  std::vector<std::int32_t> numbers(1 + rng.below(20));
  for (auto& number : numbers) number = static_cast<std::int32_t>(rng.below(2000)) - 1000;
  Values values;
  values.add("numbers", numbers);
  return values;
}

}  // namespace

std::vector<Check> checks() {
  namespace sorting = tinytorch::sorting;
  return {
      {"02.1",
       "smallest",
       "1 to 20 numbers in [-1000, 1000)",
       {},
       4,
       some_numbers,
       [](const Values& in) {
         Values out;
         out.add_int("smallest", sorting::smallest(in.get<std::int32_t>("numbers")));
         return out;
       }},
      {"02.2",
       "above smallest",
       "1 to 20 numbers in [-1000, 1000)",
       {1e-6, 0},
       4,
       some_numbers,
       [](const Values& in) {
         const auto& numbers = in.get<std::int32_t>("numbers");
         Values out;
         out.add_float("above", static_cast<float>(sorting::above_smallest(numbers)));
         return out;
       }},
  };
}

}  // namespace tito
