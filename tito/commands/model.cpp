// tito model, tito registry: the practitioner's verbs. They live in a program of their own
// (tito/model/), which links the engine; it is built here and takes this process's place.

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "tito/base/error.h"
#include "tito/build/configure.h"
#include "tito/commands/commands.h"
#include "tito/commands/session.h"

namespace tito {
namespace {

struct Options {
  std::vector<std::string> words;
  void declare(Arguments& arguments) {
    arguments.rest(words, "A verb and its arguments; without one: list the verbs");
  }
};

// Only returns by throwing: the exit status is the program's.
[[noreturn]] void become(const std::vector<std::string>& words) {
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  ::execv(argv.front(), argv.data());
  throw InternalError(fmt::format("{} does not start: {}", words.front(), std::strerror(errno)));
}

int run(Session& session, const std::string& group, const Options& options) {
  configure_if_needed(session.root(), session.build_dir());
  run_ninja(session.build_dir(), {"models"});
  // Data, recipes and the registry are found from any folder.
  ::setenv("TITO_ROOT", session.root().c_str(), 1);
  ::setenv("TINYTORCH_DATA", (session.root() / "data").c_str(), 0);
  std::vector<std::string> words = {(session.build_dir() / "bin" / "models").string(), group};
  words.insert(words.end(), options.words.begin(), options.words.end());
  std::fflush(nullptr);
  become(words);
}

int run_model(Session& session, const Options& options) { return run(session, "model", options); }
int run_registry(Session& session, const Options& options) {
  return run(session, "registry", options);
}

}  // namespace

Command model_command() {
  return make_command<Options>(
      "model", "Practice", "Train, quantize, export and judge a model by its recipe",
      "Examples:\n"
      "  tito model                                    list the verbs\n"
      "  tito model new cats                           a commented recipe\n"
      "  tito model run recipes/digits_mlp.yaml        all of it\n"
      "  tito model run recipes/digits_mlp.yaml --smoke\n"
      "Exit status: 0 pass, 1 over budget, 2 usage or file, 3 ours.",
      run_model);
}

Command registry_command() {
  return make_command<Options>("registry", "Practice", "List, check and add models of the registry",
                               "Examples:\n"
                               "  tito registry                 list the verbs\n"
                               "  tito registry validate",
                               run_registry);
}

}  // namespace tito
