#include "tito/commands/command.h"

int main(int argc, char** argv) { return tito::run_command_line(argc, argv); }
