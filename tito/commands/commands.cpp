#include "tito/commands/commands.h"

#include "tito/commands/command.h"

namespace tito {

std::vector<Command> all_commands() {
  return {
      test_command(),
      stubs_command(),
      package_command(),
      grade_command(),
  };
}

}  // namespace tito
