#include "milestones/support/text_corpus.h"

#include "tinytorch/core/error.h"
#include "tinytorch/core/rng.h"
#include "tinytorch/data/file.h"
#include "tinytorch/transformer/embedding.h"

namespace tinytorch::milestones {
namespace {

constexpr std::string_view kHeading = "CHAPTER ";

bool is_heading(std::string_view line) {
  if (!line.starts_with(kHeading)) return false;
  const std::size_t digits = line.find_first_not_of("0123456789", kHeading.size());
  return digits != line.npos && digits > kHeading.size() && line[digits] == '.';
}

}  // namespace

std::vector<Chapter> chapters_of(std::string_view book) {
  std::vector<Chapter> chapters;
  for (std::size_t begin = 0; begin < book.size();) {
    const std::size_t newline = book.find('\n', begin);
    const std::size_t end = newline == book.npos ? book.size() : newline + 1;
    const std::string_view line = book.substr(begin, end - begin);
    if (is_heading(line)) {
      chapters.push_back({std::string(line.substr(0, line.find_last_not_of("\r\n") + 1)), ""});
    }
    if (chapters.empty()) {
      throw Error("chapters_of: the text must begin with a line such as \"CHAPTER 1. Loomings.\"");
    }
    chapters.back().text += line;
    begin = end;
  }
  return chapters;
}

TextSplit split_by_chapter(const std::vector<Chapter>& chapters) {
  TextSplit split;
  for (std::size_t i = 0; i < chapters.size(); ++i) {
    const bool held_out = (i + 1) % 20 == 10;
    (held_out ? split.validation : split.train) += chapters[i].text;
    if (held_out) split.held_out.push_back(chapters[i].title);
  }
  if (split.train.empty() || split.validation.empty()) {
    throw Error(concat("split_by_chapter: ", chapters.size(),
                       " chapters; the tenth is the first that is held out"));
  }
  return split;
}

TextSplit load_moby_dick() {
  const std::string path = data::find_data_file("text/moby-dick.txt.gz");
  return split_by_chapter(chapters_of(data::read_data_file(path)));
}

TextBatch training_batch(std::string_view text, std::int64_t texts, std::int64_t length,
                         std::uint64_t seed, std::int64_t step) {
  const auto size = static_cast<std::int64_t>(text.size());
  if (size <= length) {
    throw Error(concat("training_batch: windows of ", length, " bytes and the byte after them; ",
                       "the text has ", size));
  }
  Rng rng((seed << 32) ^ static_cast<std::uint64_t>(step));
  std::vector<std::int64_t> tokens;
  TextBatch batch;
  for (std::int64_t i = 0; i < texts; ++i) {
    const std::uint64_t begin = rng.below(static_cast<std::uint64_t>(size - length));
    for (std::uint64_t at = begin; at < begin + static_cast<std::uint64_t>(length); ++at) {
      tokens.push_back(static_cast<unsigned char>(text[at]));
      batch.next.push_back(static_cast<unsigned char>(text[at + 1]));
    }
  }
  batch.ids = nn::ids_tensor(tokens, Shape{texts, length});
  return batch;
}

}  // namespace tinytorch::milestones
