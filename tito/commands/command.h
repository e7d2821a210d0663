#pragma once
// What a command of tito is: a name, help, its arguments, and a function.
//
// One file a verb in this folder; commands.cpp lists them all; cli.cpp alone knows the library that
// parses the command line.

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tito {

class Session;

// Declares what a command reads from its command line, into variables that outlive the parse.
class Arguments {
 public:
  virtual ~Arguments() = default;
  virtual void positional(const std::string& name, std::string& value, const std::string& help,
                          bool required = false) = 0;
  virtual void positionals(const std::string& name, std::vector<std::string>& values,
                           const std::string& help, bool required = false) = 0;
  // Everything from the first word that is no option, as it stands: another program's arguments.
  virtual void rest(std::vector<std::string>& values, const std::string& help) = 0;
  virtual void flag(const std::string& name, bool& value, const std::string& help) = 0;
  virtual void option(const std::string& name, std::string& value, const std::string& help) = 0;
  virtual void option(const std::string& name, int& value, const std::string& help) = 0;
  virtual void option(const std::string& name, double& value, const std::string& help) = 0;
};

struct Command {
  std::string name;     // "test"; "dev check" is `check` below `dev`
  std::string group;    // "Learning", "Teaching", "Course authors", …: how --help sorts them
  std::string summary;  // one line
  std::string details;  // more, with examples: what --help prints below the options
  // Declares the arguments and returns what runs once they are filled in; the function returns an
  // ExitStatus. `--json` is declared for every command: Session::json.
  std::function<std::function<int(Session&)>(Arguments&)> declare;
};

// A command whose arguments are the members of a struct Options with declare(Arguments&).
template <typename Options>
Command make_command(std::string name, std::string group, std::string summary, std::string details,
                     int (*run)(Session&, const Options&)) {
  return {std::move(name), std::move(group), std::move(summary), std::move(details),
          [run](Arguments& arguments) -> std::function<int(Session&)> {
            auto options = std::make_shared<Options>();
            options->declare(arguments);
            return [options, run](Session& session) { return run(session, *options); };
          }};
}

// Every command, in the order --help shows them.
std::vector<Command> all_commands();
// Parses, runs and reports errors; returns the exit status. Without a command: where am I.
int run_command_line(int argc, char** argv);

}  // namespace tito
