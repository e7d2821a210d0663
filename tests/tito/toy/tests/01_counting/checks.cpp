#include "tinytorch/counting/sums.h"
#include "tinytorch/counting/words.h"
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

Values a_word(tinytorch::Rng& rng) {
  std::string word(1 + rng.below(12), 'a');
  for (char& c : word) c = static_cast<char>(33 + rng.below(94));
  Values values;
  values.add("word", word);
  return values;
}

}  // namespace

std::vector<Check> checks() {
  namespace counting = tinytorch::counting;
  return {
      {"01.1",
       "total",
       "1 to 20 numbers in [-1000, 1000): their exact sum",
       {},
       4,
       some_numbers,
       [](const Values& in) {
         Values out;
         out.add_int("total", counting::total(in.get<std::int32_t>("numbers")));
         return out;
       }},
      {"01.2",
       "mean",
       "1 to 20 numbers in [-1000, 1000): their mean",
       {1e-6, 0},
       4,
       some_numbers,
       [](const Values& in) {
         Values out;
         out.add_float("mean", static_cast<float>(counting::mean(in.get<std::int32_t>("numbers"))));
         return out;
       }},
      {"01.3",
       "shout",
       "1 to 12 printable characters",
       {},
       4,
       a_word,
       [](const Values& in) {
         Values out;
         out.add("loud", counting::shout(in.get_text("word")));
         return out;
       }},
  };
}

}  // namespace tito
