#include "tinytorch/pipeline/data/augment.h"

#include <algorithm>

#include "tinytorch/core/error.h"

namespace tinytorch::pipeline {
namespace {

// Where a pixel of the new image comes from.
struct Moves {
  std::int64_t down = 0;
  std::int64_t right = 0;
  bool flipped = false;
  std::int64_t turns = 0;
};

void move_plane(std::span<float> plane, std::int64_t height, std::int64_t width,
                const Moves& moves) {
  const std::vector<float> before(plane.begin(), plane.end());
  for (std::int64_t y = 0; y < height; ++y) {
    for (std::int64_t x = 0; x < width; ++x) {
      std::int64_t from_y = y - moves.down;
      std::int64_t from_x = x - moves.right;
      for (std::int64_t turn = 0; turn < moves.turns; ++turn) {
        const std::int64_t was = from_y;
        from_y = from_x;
        from_x = width - 1 - was;
      }
      if (moves.flipped) from_x = width - 1 - from_x;
      const bool inside = from_y >= 0 && from_y < height && from_x >= 0 && from_x < width;
      plane[static_cast<std::size_t>(y * width + x)] =
          inside ? before[static_cast<std::size_t>(from_y * width + from_x)] : 0.0f;
    }
  }
}

void move_image(Tensor& images, std::int64_t index, const Moves& moves) {
  const std::int64_t height = images.size(2);
  const std::int64_t width = images.size(3);
  const std::int64_t planes = images.size(1);
  for (std::int64_t p = 0; p < planes; ++p) {
    move_plane(
        images.data().subspan(static_cast<std::size_t>((index * planes + p) * height * width),
                              static_cast<std::size_t>(height * width)),
        height, width, moves);
  }
}

}  // namespace

AugmentedSource::AugmentedSource(data::BatchSource& source, std::vector<Augmentation> moves,
                                 std::uint64_t seed)
    : source_(source), moves_(std::move(moves)), rng_(seed) {}

bool AugmentedSource::next(data::Batch& batch) {
  if (!source_.next(batch)) return false;
  if (moves_.empty()) return true;
  if (batch.inputs.ndim() != 4) {
    throw Error(concat("augment: inputs ", to_string(batch.inputs.shape()),
                       " are no images [N, C, H, W]; leave data.augment out"));
  }
  const bool targets = batch.targets.defined() && batch.targets.ndim() == 4;
  const bool square = batch.inputs.size(2) == batch.inputs.size(3);
  const std::uint64_t reach = batch.inputs.size(2) >= 16 ? 2 : 1;
  batch.inputs = batch.inputs.clone();
  if (targets) batch.targets = batch.targets.clone();
  for (std::int64_t i = 0; i < batch.inputs.size(0); ++i) {
    Moves moves;
    for (const Augmentation move : moves_) {
      const auto draw = [&] {
        return static_cast<std::int64_t>(rng_.below(2 * reach + 1)) -
               static_cast<std::int64_t>(reach);
      };
      if (move == Augmentation::kShift) {
        moves.down = draw();
        moves.right = draw();
      }
      if (move == Augmentation::kFlip) moves.flipped = rng_.below(2) == 1;
      if (move == Augmentation::kRotate && square)
        moves.turns = static_cast<std::int64_t>(rng_.below(4));
    }
    move_image(batch.inputs, i, moves);
    if (targets) move_image(batch.targets, i, moves);
  }
  if (std::find(moves_.begin(), moves_.end(), Augmentation::kNoise) != moves_.end()) {
    for (float& value : batch.inputs.data()) value += rng_.normal(0.0f, 0.02f);
  }
  return true;
}

State AugmentedSource::state() const {
  State state;
  state.add("source", source_.state());
  state.add("moves", rng_);
  return state;
}

void AugmentedSource::load_state(const State& state) {
  State expected = this->state();
  state.require_names_of(expected);
  const Rng::State words = state.rng("moves");
  source_.load_state(state.below("source"));
  rng_.set_state(words);
}

}  // namespace tinytorch::pipeline
