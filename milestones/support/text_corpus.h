#pragma once
// Real English for byte-level language models: a novel, split by chapter.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tinytorch/core/tensor.h"

namespace tinytorch::milestones {

struct Chapter {
  std::string title;  // "CHAPTER 1. Loomings."
  std::string text;   // from its title to the next one
};

// A chapter begins with a line "CHAPTER <number>. …". Throws Error when the book does not begin
// with one.
std::vector<Chapter> chapters_of(std::string_view book);

struct TextSplit {
  std::string train;
  std::string validation;
  std::vector<std::string> held_out;  // titles of the validation chapters
};

// Chapters 10, 30, 50, … are held out. Throws Error when one of the two texts would be empty.
TextSplit split_by_chapter(const std::vector<Chapter>& chapters);

// data/text/moby-dick.txt.gz, split.
TextSplit load_moby_dick();

// Inputs [texts, length], bytes held as floats, and the byte that follows each.
struct TextBatch {
  Tensor ids;
  std::vector<std::int64_t> next;
};

// Windows of `text` that begin at random places. They depend on seed and step alone, so that two
// runs of one seed see the same batches however they were interrupted. Throws Error when the text
// is too short.
TextBatch training_batch(std::string_view text, std::int64_t texts, std::int64_t length,
                         std::uint64_t seed, std::int64_t step);

}  // namespace tinytorch::milestones
