#include "milestones/support/bits_per_byte.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "tinytorch/autograd/node.h"
#include "tinytorch/core/error.h"
#include "tinytorch/transformer/embedding.h"

namespace tinytorch::milestones {
namespace {

constexpr std::int64_t kWindows = 16;  // of one forward pass

struct Window {
  std::int64_t begin = 0;
  std::int64_t first = 0;  // the first of its predictions that counts
};

std::vector<Window> windows_of(std::int64_t bytes, std::int64_t length, std::int64_t stride) {
  std::vector<Window> windows;
  std::int64_t predicted = 1;  // the next byte to predict; the first one has nothing before it
  for (std::int64_t begin = 0; predicted < bytes; begin += stride) {
    const std::int64_t fits =
        std::min(begin, bytes - 1 - length);  // the last one ends with the text
    windows.push_back({fits, predicted - fits - 1});
    predicted = fits + length + 1;
  }
  return windows;
}

// −ln softmax(logits)[target], in double.
double surprise(const float* logits, std::int64_t classes, unsigned char target) {
  const double top = *std::max_element(logits, logits + classes);
  double sum = 0.0;
  for (std::int64_t c = 0; c < classes; ++c) sum += std::exp(static_cast<double>(logits[c]) - top);
  return std::log(sum) + top - static_cast<double>(logits[target]);
}

// The summed surprise of what windows [begin, end) have to predict.
double surprise_of(nn::Gpt& model, std::string_view text, const Window* begin, const Window* end) {
  const std::int64_t length = model.config().context_length;
  const std::int64_t classes = model.config().vocab_size;
  std::vector<std::int64_t> tokens;
  for (const Window* window = begin; window != end; ++window) {
    for (std::int64_t i = 0; i < length; ++i) {
      tokens.push_back(
          static_cast<unsigned char>(text[static_cast<std::size_t>(window->begin + i)]));
    }
  }
  const Tensor logits = model.forward(nn::ids_tensor(tokens, Shape{end - begin, length}));
  const float* row = logits.data().data();
  double sum = 0.0;
  for (const Window* window = begin; window != end; ++window, row += length * classes) {
    for (std::int64_t i = window->first; i < length; ++i) {
      const auto next = static_cast<std::size_t>(window->begin + i + 1);
      sum += surprise(row + i * classes, classes, static_cast<unsigned char>(text[next]));
    }
  }
  return sum;
}

}  // namespace

double bits_per_byte(double nats, std::int64_t tokens, std::int64_t bytes) {
  if (tokens < 1 || bytes < 1) {
    throw Error(
        concat("bits_per_byte: tokens and bytes must be at least 1, got ", tokens, " and ", bytes));
  }
  return nats / std::numbers::ln2 * (static_cast<double>(tokens) / static_cast<double>(bytes));
}

double text_bits_per_byte(nn::Gpt& model, std::string_view text, std::int64_t stride) {
  const std::int64_t length = model.config().context_length;
  const auto bytes = static_cast<std::int64_t>(text.size());
  if (stride < 1 || stride > length || bytes <= length) {
    throw Error(concat("text_bits_per_byte: ", bytes, " bytes of text, windows of ", length,
                       " with stride ", stride, "; the text must be longer than a window and the ",
                       "stride from 1 to ", length));
  }
  const autograd::NoGradGuard no_grad;
  const std::vector<Window> windows = windows_of(bytes, length, stride);
  const Window* const end = windows.data() + windows.size();
  double sum = 0.0;
  for (const Window* window = windows.data(); window < end; window += kWindows) {
    sum += surprise_of(model, text, window, std::min(window + kWindows, end));
  }
  const std::int64_t tokens = bytes - 1;
  return bits_per_byte(sum / static_cast<double>(tokens), tokens, tokens);
}

}  // namespace tinytorch::milestones
