// Bytes of a novel. The split is by chapter.

#include <algorithm>

#include "tinytorch/core/error.h"
#include "tinytorch/data/file.h"
#include "tinytorch/pipeline/data/sources.h"

namespace tinytorch::pipeline {
namespace {

struct Chapter {
  std::string title;
  std::string text;
};

// A chapter begins at a line "CHAPTER 1. Loomings."; what stands before the first is left out.
std::vector<Chapter> chapters_of(const std::string& book) {
  std::vector<Chapter> chapters;
  std::size_t at = 0;
  while (at < book.size()) {
    const std::size_t end = std::min(book.find('\n', at), book.size() - 1) + 1;
    const std::string line = book.substr(at, end - at);
    if (line.starts_with("CHAPTER ")) {
      chapters.push_back({line.substr(0, line.find_first_of(".\r\n", 8)), ""});
    }
    if (!chapters.empty()) chapters.back().text += line;
    at = end;
  }
  return chapters;
}

// Rows of tokens, each token with a label of its own.
class TokenDataset : public data::Dataset {
 public:
  TokenDataset(Tensor inputs, std::vector<std::int64_t> labels)
      : inputs_(std::move(inputs)), labels_(std::move(labels)) {}

  std::int64_t size() const override { return inputs_.size(0); }
  data::Batch get(std::span<const std::int64_t> indices) const override {
    const std::int64_t tokens = inputs_.size(1);
    data::Batch batch;
    for (const std::int64_t row : indices) {
      if (row < 0 || row >= size()) throw Error(concat("dataset: example ", row, " of ", size()));
      const auto begin = labels_.begin() + row * tokens;
      batch.labels.insert(batch.labels.end(), begin, begin + tokens);
    }
    batch.inputs = rows_of(inputs_, {indices.begin(), indices.end()});
    return batch;
  }

 private:
  Tensor inputs_;
  std::vector<std::int64_t> labels_;
};

struct Windows {
  std::vector<float> inputs;
  std::vector<std::int64_t> labels;
  std::vector<std::string> groups;
};

void add_window(const Chapter& chapter, std::size_t begin, std::size_t tokens, Windows& to) {
  for (std::size_t i = begin; i < begin + tokens; ++i) {
    to.inputs.push_back(static_cast<float>(static_cast<unsigned char>(chapter.text[i])));
    to.labels.push_back(static_cast<unsigned char>(chapter.text[i + 1]));
  }
  to.groups.push_back(chapter.title);
}

// Each place of each chapter equally likely.
Windows draw_windows(const std::vector<Chapter>& chapters, std::size_t tokens, std::int64_t count,
                     std::uint64_t seed) {
  std::uint64_t places = 0;
  for (const Chapter& chapter : chapters) places += chapter.text.size() - tokens;
  Rng rng(seed);
  Windows windows;
  for (std::int64_t i = 0; i < count; ++i) {
    std::uint64_t place = rng.below(places);
    std::size_t c = 0;
    while (place >= chapters[c].text.size() - tokens) place -= chapters[c++].text.size() - tokens;
    add_window(chapters[c], place, tokens, windows);
  }
  return windows;
}

}  // namespace

ModelData load_text(const Recipe& recipe) {
  const DataSpec& spec = recipe.data;
  const auto tokens = static_cast<std::size_t>(spec.size > 0 ? spec.size : 64);
  const std::string book =
      data::read_data_file(data::find_data_file("text/moby-dick.txt.gz"), std::size_t{1} << 24);
  std::vector<Chapter> chapters = chapters_of(book);
  std::erase_if(chapters, [&](const Chapter& c) { return c.text.size() <= tokens + 1; });
  std::vector<std::string> titles;
  for (const Chapter& chapter : chapters) titles.push_back(chapter.title);
  const auto judged = held_out(titles, spec);
  std::vector<Chapter> train;
  std::vector<Chapter> fixture;
  for (Chapter& chapter : chapters) {
    const bool out = std::find(judged.begin(), judged.end(), chapter.title) != judged.end();
    (out ? fixture : train).push_back(std::move(chapter));
  }
  Windows taught = draw_windows(train, tokens, spec.examples > 0 ? spec.examples : 8000, kDataSeed);
  Windows held =
      draw_windows(fixture, tokens, spec.fixture > 0 ? spec.fixture : 256, kDataSeed + 1);
  const auto shape = [&](const Windows& windows) {
    return Shape{static_cast<std::int64_t>(windows.groups.size()),
                 static_cast<std::int64_t>(tokens)};
  };
  ModelData result;
  result.fixture_inputs = Tensor(shape(held), std::move(held.inputs));
  result.fixture_targets =
      Tensor(shape(held), std::vector<float>(held.labels.begin(), held.labels.end()));
  result.fixture_groups = held.groups;
  const Shape taught_shape = shape(taught);
  result.train = std::make_shared<TokenDataset>(Tensor(taught_shape, std::move(taught.inputs)),
                                                std::move(taught.labels));
  result.train_groups = std::move(taught.groups);
  result.target = "the next byte";
  return result;
}

}  // namespace tinytorch::pipeline
