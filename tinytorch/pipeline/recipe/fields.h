#pragma once
// One list of a recipe's keys for all who need it: the reader, the published schema, the commented
// recipe of `tito model new`. describe_recipe() walks the recipe and tells a Fields of every key;
// what a Fields does with it is its own business. Internal to recipe/.

#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "tinytorch/pipeline/recipe/recipe.h"

namespace tinytorch::pipeline {

struct About {
  const char* key = "";
  const char* help = "";  // one sentence
  bool required = false;
};
struct IntegerRange {
  std::int64_t least = 0;
  std::int64_t most = 1'000'000'000;
};
struct RealRange {
  double least = 0.0;
  double most = 1e9;
};
struct TextRule {
  std::size_t most = 256;    // characters
  const char* pattern = "";  // a regular expression; "": any text
};
using Names = std::span<const char* const>;

class Fields {
 public:
  virtual ~Fields() = default;
  virtual void text(const About& about, std::string& value, const TextRule& rule) = 0;
  virtual void integer(const About& about, std::int64_t& value, const IntegerRange& range) = 0;
  virtual void real(const About& about, double& value, const RealRange& range) = 0;
  virtual void flag(const About& about, bool& value) = 0;
  virtual void index(const About& about, std::size_t& value, Names names) = 0;
  virtual void texts(const About& about, std::vector<std::string>& values) = 0;
  virtual void integers(const About& about, std::vector<std::int64_t>& values,
                        const IntegerRange& range) = 0;
  virtual void indices(const About& about, std::vector<std::size_t>& values, Names names) = 0;
  // A mapping; returns whether it was there.
  virtual bool section(const About& about, const std::function<void(Fields&)>& inner) = 0;
  // A list of mappings: resize(n), then each(fields, i). `definition` names its items where they
  // hold lists of themselves.
  virtual void list(const About& about, const char* definition,
                    const std::function<void(std::size_t)>& resize,
                    const std::function<void(Fields&, std::size_t)>& each) = 0;

  template <typename Choice, std::size_t kCount>
  void choice(const About& about, Choice& value, const std::array<const char*, kCount>& names) {
    auto at = static_cast<std::size_t>(value);
    index(about, at, names);
    value = static_cast<Choice>(at);
  }
};

void describe_recipe(Fields& fields, Recipe& recipe);

}  // namespace tinytorch::pipeline
