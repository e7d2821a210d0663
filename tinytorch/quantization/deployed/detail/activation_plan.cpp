#include "tinytorch/quantization/deployed/detail/activation_plan.h"

#include <algorithm>

#include "tinytorch/core/error.h"

namespace tinytorch::quantization {
namespace {

bool alive_together(const Lifetime& a, const Lifetime& b) {
  return a.first <= b.last && b.first <= a.last;
}

struct Placed {
  std::int64_t begin;
  std::int64_t end;
};

// The lowest offset with room for `bytes` between intervals sorted by their begin.
std::int64_t lowest_gap(std::span<const Placed> taken, std::int64_t bytes) {
  std::int64_t offset = 0;
  for (const Placed& other : taken) {
    if (other.begin - offset >= bytes) break;
    offset = std::max(offset, other.end);
  }
  return offset;
}

}  // namespace

ActivationPlan plan_activations(std::span<const Lifetime> buffers) {
  for (const Lifetime& buffer : buffers) {
    if (buffer.bytes < 0 || buffer.last < buffer.first) {
      throw Error(concat("plan_activations: ", buffer.bytes, " bytes from step ", buffer.first,
                         " to step ", buffer.last));
    }
  }
  std::vector<std::size_t> order(buffers.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  const auto larger = [&](std::size_t a, std::size_t b) {
    return buffers[a].bytes > buffers[b].bytes;
  };
  std::stable_sort(order.begin(), order.end(), larger);

  ActivationPlan plan{std::vector<std::int64_t>(buffers.size()), 0};
  std::vector<std::size_t> done;
  for (const std::size_t i : order) {
    std::vector<Placed> taken;
    for (const std::size_t j : done) {
      if (!alive_together(buffers[i], buffers[j])) continue;
      taken.push_back({plan.offsets[j], plan.offsets[j] + buffers[j].bytes});
    }
    std::sort(taken.begin(), taken.end(),
              [](const Placed& a, const Placed& b) { return a.begin < b.begin; });
    plan.offsets[i] = lowest_gap(taken, buffers[i].bytes);
    plan.total = std::max(plan.total, plan.offsets[i] + buffers[i].bytes);
    done.push_back(i);
  }
  return plan;
}

}  // namespace tinytorch::quantization
