// Keys that no recipe has: found before anything is read.

#include <algorithm>
#include <memory>
#include <set>

#include "tinytorch/core/error.h"
#include "tinytorch/core/nearest.h"
#include "tinytorch/pipeline/recipe/detail/yaml_fields.h"

namespace tinytorch::pipeline {
namespace {

constexpr int kDeepest = 32;  // of residuals within residuals
// Of mappings in all: a few lines of anchors within anchors stand for any number of layers.
constexpr int kMostMappings = 10'000;

struct Place {
  std::string file;
  std::string where;
  int depth = 0;
  std::shared_ptr<int> mappings = std::make_shared<int>(0);  // seen so far, in the whole recipe
};

// Collects the keys of one mapping, and then looks at the mappings below it.
class KeyFields : public Fields {
 public:
  KeyFields(const YAML::Node& node, Place place) : node_(node), place_(std::move(place)) {}

  void text(const About& about, std::string&, const TextRule&) override { add(about); }
  void integer(const About& about, std::int64_t&, const IntegerRange&) override { add(about); }
  void real(const About& about, double&, const RealRange&) override { add(about); }
  void flag(const About& about, bool&) override { add(about); }
  void index(const About& about, std::size_t&, Names) override { add(about); }
  void texts(const About& about, std::vector<std::string>&) override { add(about); }
  void integers(const About& about, std::vector<std::int64_t>&, const IntegerRange&) override {
    add(about);
  }
  void indices(const About& about, std::vector<std::size_t>&, Names) override { add(about); }
  bool section(const About& about, const std::function<void(Fields&)>& inner) override {
    add(about);
    if (!checked_) return false;
    const YAML::Node node = node_[about.key];
    if (node && node.IsMap()) check(node, below(about.key), inner);
    return false;
  }
  void list(const About& about, const char*, const std::function<void(std::size_t)>& resize,
            const std::function<void(Fields&, std::size_t)>& each) override {
    add(about);
    const YAML::Node node = checked_ ? node_[about.key] : YAML::Node();
    if (!checked_ || !node || !node.IsSequence()) return;
    resize(1);
    for (std::size_t i = 0; i < node.size(); ++i) {
      const YAML::Node item = node[i];
      if (item.IsMap())
        check(item, below(concat(about.key, "[", i, "]")), [&](Fields& f) { each(f, 0); });
    }
  }

  // Twice: once to know the keys, once to go down.
  static void check(const YAML::Node& node, const Place& place,
                    const std::function<void(Fields&)>& describe) {
    KeyFields fields(node, place);
    if (++*place.mappings > kMostMappings) {
      fields.fail(node, concat("the recipe has more than ", kMostMappings,
                               " mappings, anchors counted wherever they are used"));
    }
    if (place.depth > kDeepest)
      fields.fail(node, concat(place.where, " lies more than ", kDeepest, " levels deep"));
    describe(fields);
    fields.compare();
    describe(fields);
  }

 private:
  void add(const About& about) {
    if (!checked_) known_.emplace_back(about.key);
  }
  Place below(const std::string& key) const {
    return {place_.file, place_.where.empty() ? key : place_.where + '.' + key, place_.depth + 1,
            place_.mappings};
  }
  [[noreturn]] void fail(const YAML::Node& node, const std::string& what) const {
    throw Error(concat(place_.file, ":", std::max(node.Mark().line + 1, 1), ": ", what));
  }
  void compare() {
    const std::string where = place_.where.empty() ? "the recipe" : place_.where;
    std::set<std::string> seen;
    for (const auto& entry : node_) {
      if (!entry.first.IsScalar()) fail(entry.first, concat("a key of ", where, " is no text"));
      const std::string key = entry.first.Scalar();
      if (std::find(known_.begin(), known_.end(), key) == known_.end()) {
        std::string all;
        for (const std::string& one : known_) all += (all.empty() ? "" : ", ") + one;
        fail(entry.first, concat("unknown key \"", key.substr(0, 80), "\" in ", where,
                                 ", expected one of: ", all, ".", did_you_mean(key, known_)));
      }
      if (!seen.insert(key).second)
        fail(entry.first, concat("\"", key, "\" stands twice in ", where, ", expected once"));
    }
    checked_ = true;
  }

  YAML::Node node_;
  Place place_;
  std::vector<std::string> known_;
  bool checked_ = false;
};

}  // namespace

void YamlFields::check_keys(const std::function<void(Fields&, Recipe&)>& describe) const {
  KeyFields::check(node_, {file_, "", 0}, [&](Fields& fields) {
    Recipe unused;
    describe(fields, unused);
  });
}

}  // namespace tinytorch::pipeline
