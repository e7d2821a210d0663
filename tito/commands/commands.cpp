#include "tito/commands/commands.h"

#include "tito/commands/command.h"

namespace tito {

std::vector<Command> all_commands() {
  return {
      tour_command(),
      test_command(),
      stubs_command(),
      grade_command(),
  };
}

}  // namespace tito
