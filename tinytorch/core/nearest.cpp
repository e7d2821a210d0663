#include "tinytorch/core/nearest.h"

#include <algorithm>
#include <cctype>
#include <numeric>

namespace tinytorch {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

// Edit distance in which swapping two neighbours costs one (optimal string alignment).
std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t differs = a[i - 1] == b[j - 1] ? 0 : 1;
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + differs});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before = last;
    last = row;
  }
  return last.back();
}

// What is compared of "15_quantization": the whole, and the words after the number.
std::size_t closeness(const std::string& name, const std::string& known) {
  const std::size_t underscore = known.find('_');
  std::size_t best = distance(name, known);
  if (underscore != std::string::npos) {
    best = std::min(best, distance(name, known.substr(underscore + 1)));
    best = std::min(best, distance(name, known.substr(0, underscore)));
  }
  if (name.size() >= 3 && known.find(name) != std::string::npos)
    best = std::min(best, std::size_t{1});
  return best;
}

}  // namespace

std::vector<std::string> nearest(std::string_view name, const std::vector<std::string>& known) {
  const std::string wanted = lower(name);
  const std::size_t limit = std::max<std::size_t>(1, (wanted.size() + 1) / 3);
  std::vector<std::pair<std::size_t, std::string>> found;
  for (const auto& candidate : known) {
    const std::size_t far = closeness(wanted, lower(candidate));
    if (far <= limit) found.emplace_back(far, candidate);
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> names;
  for (const auto& [far, candidate] : found) {
    const bool as_likely = far <= found.front().first + 1;
    if (names.size() < 3 && as_likely) names.push_back(candidate);
  }
  return names;
}

std::string did_you_mean(std::string_view name, const std::vector<std::string>& known) {
  const auto names = nearest(name, known);
  if (names.empty()) return "";
  std::string text = " Did you mean " + names[0];
  for (std::size_t i = 1; i < names.size(); ++i) {
    text += (i + 1 == names.size() ? " or " : ", ") + names[i];
  }
  return text + '?';
}

}  // namespace tinytorch
