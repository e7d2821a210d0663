// models: what `tito model` and `tito registry` run.
//   models model run recipes/digits_mlp.yaml
// Exit status: 0 it passed, 1 over budget or no agreement, 2 wrong usage or a wrong file, 3 our own
// failure.

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "tinytorch/core/error.h"
#include "tinytorch/core/nearest.h"
#include "tinytorch/pipeline/run/interrupt.h"
#include "tito/model/verbs.h"

namespace {

using tito::model::Verb;

std::vector<Verb> all_verbs() {
  using namespace tito::model;
  return {
      new_verb(),
      import_verb(),
      train_verb(),
      quantize_verb(),
      export_verb(),
      run_verb(),
      verify_verb(),
      bench_verb(),
      report_verb(),
      schema_verb(),
      show_verb(),
      compare_verb(),
      registry_list_verb(),
      registry_show_verb(),
      registry_add_verb(),
      registry_validate_verb(),
      registry_audit_verb(),
  };
}

int print_help(const std::string& group) {
  std::printf("tito %s: %s\n\n", group.c_str(),
              group == "registry" ? "models by id, hashed, checked and measured again"
                                  : "from a recipe to an int8 ONNX file that passed its gate");
  for (const Verb& verb : all_verbs()) {
    if (verb.group == group) std::printf("  %-10s %s\n", verb.name.c_str(), verb.summary.c_str());
  }
  std::printf("\n`tito %s VERB --help` says more.\n", group.c_str());
  return 0;
}

int run_verb_named(const std::string& group, std::vector<std::string> arguments) {
  const auto asks = [](const std::string& word) { return word == "--help" || word == "-h"; };
  if (arguments.empty() || asks(arguments.front())) return print_help(group);
  const std::string name = arguments.front();
  arguments.erase(arguments.begin());
  std::vector<std::string> known;
  for (const Verb& verb : all_verbs()) {
    if (verb.group != group) continue;
    known.push_back(verb.name);
    if (verb.name != name) continue;
    if (std::none_of(arguments.begin(), arguments.end(), asks)) return verb.run(arguments);
    std::printf("%s.\n\ntito %s %s %s", verb.summary.c_str(), group.c_str(), name.c_str(),
                verb.usage.c_str());
    return 0;
  }
  std::string all;
  for (const std::string& one : known) all += (all.empty() ? "" : ", ") + one;
  throw tinytorch::Error(tinytorch::concat("no verb \"", name, "\" in `tito ", group,
                                           "`, expected one of: ", all, ".",
                                           tinytorch::did_you_mean(name, known)));
}

}  // namespace

int main(int argc, char** argv) {
  const std::string group = argc > 1 ? argv[1] : "model";
  const std::string prefix = "tito " + group;
  try {
    // A write beyond the allowed size fails, and is reported, instead of ending the program.
    std::signal(SIGXFSZ, SIG_IGN);
    const int status = run_verb_named(group, {argv + std::min(argc, 2), argv + argc});
    if (std::fflush(stdout) != 0) throw std::runtime_error("standard output cannot be written");
    return status;
  } catch (const tinytorch::pipeline::Interrupted& stop) {
    std::fprintf(stderr, "\n%s: %s\n", prefix.c_str(), stop.what());
    return 128 + stop.signal();
  } catch (const tinytorch::Error& error) {
    std::fprintf(stderr, "%s: %s\n", prefix.c_str(), error.what());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s (internal): %s\n", prefix.c_str(), error.what());
    return 3;
  }
}
