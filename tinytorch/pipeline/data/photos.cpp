// Patches of photographs, degraded on purpose. The split is by photograph.

#include <algorithm>

#include "tinytorch/core/error.h"
#include "tinytorch/data/file.h"
#include "tinytorch/pipeline/data/photo.h"
#include "tinytorch/pipeline/data/sources.h"

namespace tinytorch::pipeline {
namespace {

constexpr std::array kPhotos = {"brick",  "camera", "cell",   "chelsea",           "clock_motion",
                                "coffee", "grass",  "gravel", "hubble_deep_field", "rocket"};
// Degraded together with the patch, so that a blur knows what lies beyond its border.
constexpr std::int64_t kMargin = 8;

struct Photo {
  std::string name;
  Tensor pixels;
};

std::vector<Photo> read_photos() {
  std::vector<Photo> photos;
  for (const char* name : kPhotos) {
    const std::string path = data::find_data_file(concat("photos/", name, ".pgm.gz"));
    photos.push_back({name, read_pgm(path)});
  }
  return photos;
}

Tensor cut(const Tensor& photo, std::int64_t top, std::int64_t left, std::int64_t side) {
  Tensor patch(Shape{side, side});
  const auto to = patch.data();
  const auto from = photo.data();
  for (std::int64_t y = 0; y < side; ++y) {
    const auto line = from.subspan(static_cast<std::size_t>((top + y) * photo.size(1) + left),
                                   static_cast<std::size_t>(side));
    std::copy(line.begin(), line.end(), to.begin() + y * side);
  }
  return patch;
}

struct Patches {
  std::vector<float> inputs;
  std::vector<float> targets;
  std::vector<std::string> groups;
};

// One patch: which degradation, how strong and where are drawn in turn.
void add_patch(const Photo& photo, const DataSpec& spec, std::int64_t side, Rng& rng, Patches& to) {
  const std::int64_t whole = side + 2 * kMargin;
  const auto place = [&](std::int64_t size) {
    return static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(size - whole + 1)));
  };
  const std::int64_t top = place(photo.pixels.size(0));
  const std::int64_t left = place(photo.pixels.size(1));
  const Tensor original = cut(photo.pixels, top, left, whole);
  const auto kind = static_cast<Degradation>(1 + rng.below(4));
  const float level = rng.uniform(0.0f, 1.0f);
  const Tensor input = cut(degraded(original, kind, level, rng), kMargin, kMargin, side);
  const Tensor target = cut(original, kMargin, kMargin, side);
  to.inputs.insert(to.inputs.end(), input.data().begin(), input.data().end());
  if (spec.task == PhotoTask::kRestore) {
    to.targets.insert(to.targets.end(), target.data().begin(), target.data().end());
  } else {
    to.targets.push_back(static_cast<float>(ssim(input, target)));
  }
  to.groups.push_back(photo.name);
}

Patches make_patches(const std::vector<Photo>& photos, const DataSpec& spec, std::int64_t side,
                     std::int64_t count, std::uint64_t seed) {
  Rng rng(seed);
  Patches patches;
  for (std::int64_t i = 0; i < count; ++i)
    add_patch(photos[static_cast<std::size_t>(i) % photos.size()], spec, side, rng, patches);
  return patches;
}

}  // namespace

ModelData load_photos(const Recipe& recipe) {
  const DataSpec& spec = recipe.data;
  const bool restore = spec.task == PhotoTask::kRestore;
  const std::int64_t side = spec.size > 0 ? spec.size : (restore ? 24 : 32);
  if (side < 16 || side > 256)
    throw Error(concat(recipe.file, ": data.size is ", side, ", expected patches of 16 to 256"));
  const std::vector<Photo> photos = read_photos();
  std::vector<std::string> names;
  for (const Photo& photo : photos) names.push_back(photo.name);
  const auto judged = held_out(names, spec);
  std::vector<Photo> train;
  std::vector<Photo> fixture;
  for (const Photo& photo : photos) {
    const bool out = std::find(judged.begin(), judged.end(), photo.name) != judged.end();
    (out ? fixture : train).push_back(photo);
  }
  Patches taught =
      make_patches(train, spec, side, spec.examples > 0 ? spec.examples : 4000, kDataSeed);
  Patches held =
      make_patches(fixture, spec, side, spec.fixture > 0 ? spec.fixture : 400, kDataSeed + 1);
  const auto tensor = [](std::vector<float> values, std::size_t rows, std::int64_t size) {
    const auto n = static_cast<std::int64_t>(rows);
    return size == 0 ? Tensor(Shape{n, 1}, std::move(values))
                     : Tensor(Shape{n, 1, size, size}, std::move(values));
  };
  ModelData result;
  result.train = std::make_shared<data::TensorDataset>(
      tensor(std::move(taught.inputs), taught.groups.size(), side),
      tensor(std::move(taught.targets), taught.groups.size(), restore ? side : 0));
  result.train_groups = std::move(taught.groups);
  result.fixture_inputs = tensor(std::move(held.inputs), held.groups.size(), side);
  result.fixture_targets = tensor(std::move(held.targets), held.groups.size(), restore ? side : 0);
  result.fixture_groups = std::move(held.groups);
  result.target = restore ? "the patch before it was degraded (blur, noise, blocking, contrast)"
                          : "SSIM of the degraded patch with the original";
  return result;
}

}  // namespace tinytorch::pipeline
