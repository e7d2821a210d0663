#include "tito/model/verb.h"

#include "tinytorch/core/error.h"
#include "tinytorch/core/nearest.h"

namespace tito::model {

using tinytorch::concat;
using tinytorch::Error;

Arguments::Arguments(const std::vector<std::string>& arguments, const std::set<std::string>& flags,
                     const std::set<std::string>& options) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& text = arguments[i];
    if (!text.starts_with("--")) {
      positional_.push_back(text);
      continue;
    }
    const std::size_t equals = text.find('=');
    const std::string name = text.substr(0, equals);
    if (flags.contains(name) && equals == std::string::npos) {
      flags_.insert(name);
    } else if (options.contains(name)) {
      if (equals == std::string::npos && i + 1 == arguments.size())
        throw Error(concat(name, " needs a value: ", name, " VALUE"));
      options_[name].push_back(equals == std::string::npos ? arguments[++i]
                                                           : text.substr(equals + 1));
    } else if (flags.contains(name)) {
      throw Error(concat(name, " takes no value, got ", text));
    } else {
      std::vector<std::string> known(flags.begin(), flags.end());
      known.insert(known.end(), options.begin(), options.end());
      std::string all;
      for (const std::string& one : known) all += (all.empty() ? "" : ", ") + one;
      throw Error(concat("unknown option ", name, ".", tinytorch::did_you_mean(name, known),
                         all.empty() ? " It takes none." : " Its options: " + all));
    }
  }
}

std::string Arguments::option(const std::string& name, const std::string& otherwise) const {
  const auto found = options_.find(name);
  return found == options_.end() ? otherwise : found->second.back();
}

std::vector<std::string> Arguments::options(const std::string& name) const {
  const auto found = options_.find(name);
  return found == options_.end() ? std::vector<std::string>() : found->second;
}

const std::string& Arguments::only(const std::string& what) const {
  if (positional_.size() != 1)
    throw Error(concat("expected one ", what, ", got ", positional_.size(), " arguments"));
  return positional_.front();
}

}  // namespace tito::model
