#pragma once
// Ctrl-C and SIGTERM: noticed between two steps, so that a checkpoint can be written.

#include <exception>
#include <string>

namespace tinytorch::pipeline {

class Interrupted : public std::exception {
 public:
  Interrupted(int signal, std::string what) : signal_(signal), what_(std::move(what)) {}
  const char* what() const noexcept override { return what_.c_str(); }
  int signal() const { return signal_; }

 private:
  int signal_;
  std::string what_;
};

// From here on SIGINT and SIGTERM only raise a flag; a second one ends the program.
void catch_interrupts();
// The signal that arrived, or 0.
int interrupt_signal();
// Throws Interrupted where one arrived: "stopped while measuring static; --resume goes on …".
void stop_if_interrupted(const std::string& doing);

}  // namespace tinytorch::pipeline
