// From argv to a command: the only source that includes CLI11.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>

#include "tito/base/error.h"
#include "tito/base/interrupt.h"
#include "tito/base/json.h"
#include "tito/base/terminal.h"
#include "tito/commands/command.h"
#include "tito/commands/commands.h"
#include "tito/commands/session.h"
#include "tito/course/nearest.h"

namespace tito {
namespace {

class CliArguments : public Arguments {
 public:
  explicit CliArguments(CLI::App& app) : app_(app) {}
  void positional(const std::string& name, std::string& value, const std::string& help,
                  bool required) override {
    app_.add_option(name, value, help)->required(required);
  }
  void positionals(const std::string& name, std::vector<std::string>& values,
                   const std::string& help, bool required) override {
    app_.add_option(name, values, help)->required(required);
  }
  void rest(std::vector<std::string>& values, const std::string& help) override {
    app_.prefix_command();
    app_.description(app_.get_description() + ". " + help);
    rest_ = &values;
  }
  void flag(const std::string& name, bool& value, const std::string& help) override {
    app_.add_flag(name, value, help);
  }
  void option(const std::string& name, std::string& value, const std::string& help) override {
    app_.add_option(name, value, help);
  }
  void option(const std::string& name, int& value, const std::string& help) override {
    app_.add_option(name, value, help);
  }
  void option(const std::string& name, double& value, const std::string& help) override {
    app_.add_option(name, value, help);
  }

  // Hands over what rest() asked for, once the line is parsed.
  void take_rest() const {
    if (rest_ != nullptr) *rest_ = app_.remaining();
  }

 private:
  CLI::App& app_;
  std::vector<std::string>* rest_ = nullptr;
};

struct Parsed {
  std::function<int(Session&)> run;
  bool json = false;
};

// The parent of "dev check" is `dev`, made when its first child is.
CLI::App* parent_of(CLI::App& app, const std::string& parent, const std::string& group) {
  for (auto* child : app.get_subcommands([&](CLI::App* c) { return c->get_name() == parent; })) {
    return child;
  }
  auto* made = app.add_subcommand(parent, "see `tito " + parent + " --help`");
  made->group(group)->require_subcommand(1);
  return made;
}

void add_command(CLI::App& app, const Command& command, Parsed& parsed) {
  const std::size_t space = command.name.find(' ');
  CLI::App* parent = &app;
  if (space != std::string::npos)
    parent = parent_of(app, command.name.substr(0, space), command.group);
  auto* sub = parent->add_subcommand(command.name.substr(space + 1), command.summary);
  sub->group(parent == &app ? command.group : "Commands");
  sub->footer(command.details);
  sub->add_flag("--json", parsed.json, "One JSON document on standard output");
  CliArguments arguments(*sub);
  auto run = command.declare(arguments);
  sub->callback([&parsed, arguments, run = std::move(run)] {
    arguments.take_rest();
    parsed.run = run;
  });
}

int report(ExitStatus status, const std::string& message, bool json) {
  if (json) print_json(Json().set("error", printable(message)));
  const bool ours = status == kInternal;
  fmt::print(stderr, "{} {}\n", paint(Colour::kRed, ours ? "tito (internal):" : "tito:"),
             printable(message));
  return status;
}

// Runs `body`; every way an error can come out becomes one message and an exit status.
int guarded(bool json, const std::function<int()>& body) {
  try {
    const int status = body();
    std::fflush(stdout);
    return status;
  } catch (const UserError& error) {
    return report(kUsage, error.what(), json);
  } catch (const WorkError& error) {
    return report(kWorkFails, error.what(), json);
  } catch (const Interrupted&) {
    fmt::print(stderr, "\n");
    return 128 + interrupt_signal();
  } catch (const std::exception& error) {
    return report(kInternal, error.what(), json);
  }
}

std::string unknown_command(int argc, char** argv) {
  if (argc < 2 || argv[1][0] == '-') return "";
  std::vector<std::string> names;
  for (const auto& command : all_commands()) {
    const std::string first = command.name.substr(0, command.name.find(' '));
    if (first == argv[1]) return "";
    const bool listed = first.empty() || std::count(names.begin(), names.end(), first) > 0;
    if (!listed) names.push_back(first);
  }
  return fmt::format("no command \"{}\".{} The commands: {}", argv[1], did_you_mean(argv[1], names),
                     fmt::join(names, ", "));
}

// The options of the command that was meant, after an error in its line; its subcommands if it
// has some.
std::string legal_words(const CLI::App& app) {
  const CLI::App* command = &app;
  while (!command->get_subcommands().empty()) command = command->get_subcommands().front();
  std::vector<std::string> names;
  for (const CLI::App* sub : command->get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(sub->get_name());
  if (command != &app && !names.empty())
    return fmt::format("Its subcommands: {}", fmt::join(names, ", "));
  names.clear();
  for (const CLI::Option* option : command->get_options()) {
    if (!option->get_lnames().empty()) names.push_back("--" + option->get_lnames().front());
  }
  return fmt::format("Its options: {}", fmt::join(names, ", "));
}

}  // namespace

int run_command_line(int argc, char** argv) {
  catch_interrupts();
  if (const auto message = unknown_command(argc, argv); !message.empty()) {
    return report(kUsage, message, false);
  }
  CLI::App app("tito: build a deep-learning framework, one tested piece at a time", "tito");
  Parsed parsed;
  app.require_subcommand(0, 1);
  app.footer(
      "Modules go by number, name or both: 15, quantization, 15_quantization.\n"
      "Exit status: 0 success, 1 the work fails its tests, 2 wrong usage, 3 our own failure.");
  app.add_flag("--json", parsed.json, "One JSON document on standard output");
  const auto commands = all_commands();
  for (const auto& command : commands) {
    if (!command.name.empty()) add_command(app, command, parsed);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    return report(kUsage,
                  fmt::format("{}. {}. `tito{} --help` says more.", error.what(), legal_words(app),
                              argc > 1 && argv[1][0] != '-' ? std::string(" ") + argv[1] : ""),
                  parsed.json);
  }
  return guarded(parsed.json, [&] {
    Session session = Session::open();
    session.json = parsed.json;
    return parsed.run ? parsed.run(session) : run_home(session);
  });
}

}  // namespace tito
