#pragma once
// One function a command; each is defined in the file of its name.

#include "tito/commands/command.h"

namespace tito {

Command stubs_command();
Command grade_command();
Command package_command();
Command test_command();

}  // namespace tito
