#pragma once
// A verb of the program `models`, and what each is given. One file a verb; main.cpp lists them all.

#include <map>
#include <set>
#include <string>
#include <vector>

namespace tito::model {

struct Verb {
  std::string group;    // "model" or "registry": `tito model run`
  std::string name;     // "run"
  std::string summary;  // one line
  std::string usage;    // "RECIPE [--smoke]" and what the options mean, for --help
  int (*run)(const std::vector<std::string>& arguments);
};

// A command line taken apart: `flags` stand alone, `options` have a value ("--seed 3", "--seed=3"),
// anything else is positional. Throws Error naming an unknown option and the nearest known one.
class Arguments {
 public:
  Arguments(const std::vector<std::string>& arguments, const std::set<std::string>& flags,
            const std::set<std::string>& options);

  bool has(const std::string& flag) const { return flags_.contains(flag); }
  // The value of an option; `otherwise` where it was not given.
  std::string option(const std::string& name, const std::string& otherwise = "") const;
  // All values of an option that may be given several times.
  std::vector<std::string> options(const std::string& name) const;
  const std::vector<std::string>& positional() const { return positional_; }
  // The only positional argument. Throws Error "expected one RECIPE, got 2 arguments".
  const std::string& only(const std::string& what) const;

 private:
  std::set<std::string> flags_;
  std::map<std::string, std::vector<std::string>> options_;
  std::vector<std::string> positional_;
};

}  // namespace tito::model
