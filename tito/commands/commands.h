#pragma once
// One function a command; each is defined in the file of its name.

#include "tito/commands/command.h"

namespace tito {

// Without a command: where am I, what next.
int run_home(Session& session);

Command tour_command();
Command list_command();
Command start_command();
Command test_command();
Command watch_command();
Command hint_command();
Command export_command();
Command status_command();
Command reset_command();
Command diff_command();
Command bench_command();
Command milestone_command();
Command lab_command();
Command doctor_command();

Command model_command();
Command registry_command();

Command package_command();
Command grade_command();

Command stubs_command();
Command dev_check_command();
Command dev_new_command();

}  // namespace tito
