#include "tito/commands/commands.h"

#include "tito/commands/command.h"

namespace tito {

std::vector<Command> all_commands() {
  return {
      tour_command(),    list_command(),   start_command(),  test_command(),
      watch_command(),   hint_command(),   export_command(), status_command(),
      reset_command(),   diff_command(),   bench_command(),  milestone_command(),
      lab_command(),     doctor_command(), model_command(),  registry_command(),
      package_command(), grade_command(),  stubs_command(),  dev_check_command(),
      dev_new_command(),
  };
}

}  // namespace tito
