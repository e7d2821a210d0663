#pragma once
// From a stranger's source to a worker, with compiler, linker and nm all inside boxes.
//
// A compiler sees /usr, the public headers and the precompiled header, never solutions or tests. A
// linker sees the archives of the other modules, never the reference of the one that is graded.

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tito/build/toolchain.h"
#include "tito/judge/sandbox/box.h"
#include "tito/judge/sandbox/stage.h"

namespace tito {

struct WorkshopLimits {
  BoxLimits box{.memory = 1536u << 20,
                .file = 96u << 20,
                .temporary = 256u << 20,
                .output = 1u << 20,
                .processes = 64,
                .cpu_seconds = 25};
  std::chrono::milliseconds wall{60000};
  std::uint64_t listing = 16u << 20;  // of the symbols of one object
};

struct Made {
  std::filesystem::path file;  // empty when it failed
  std::string message;         // then: the first error, without paths of this machine
  bool out_of_time = false;    // it failed at the limit its caller gave, not at one of the box
  bool ok() const { return !file.empty(); }
};

struct Listing {
  std::string text;
  std::string refused;  // why there is none: an object that cannot be listed is not linked
};

class Workshop {
 public:
  // Copies what the boxes need. Throws InternalError.
  Workshop(const Course& course, const Toolchain& toolchain, const Module& module,
           const Sandbox& sandbox, const Stage& stage, WorkshopLimits limits);

  // `job` names a folder of the stage that belongs to one submission; boxes of different slots run
  // side by side. Each step takes `most` at most. What fails for a reason that lies neither in its
  // input nor in a limit of the box throws InternalError.
  //
  // Compiles `text` as the source of `part`: an object in `job`, named after the part.
  Made compile(const Part& part, const std::string& text, const std::string& job, int slot,
               std::chrono::milliseconds most) const;
  // What nm says of an object in `job`: a line for each symbol that others can see, defined or not.
  Listing symbols(const std::string& object, const std::string& job, int slot,
                  std::chrono::milliseconds most) const;
  // Links objects in `job` with the checks and the archives of all other modules, but for the
  // archives in `without`.
  Made link(const std::vector<std::string>& objects,
            const std::vector<std::filesystem::path>& without, const std::string& job, int slot,
            std::chrono::milliseconds most) const;

 private:
  BoxSpec spec_for(const std::string& job, int slot) const;
  std::string without_paths(std::string text) const;
  Made fetch(const BoxResult& result, const std::string& job, const std::string& name,
             const std::string& tool, std::chrono::milliseconds most) const;
  std::string too_much(const std::string& tool) const;

  const Course& course_;
  const Toolchain& toolchain_;
  const Module& module_;
  const Sandbox& sandbox_;
  const Stage& stage_;
  WorkshopLimits limits_;
  std::vector<Mount> compiler_sees_;
  std::vector<Mount> linker_sees_;
};

// What a program takes in memory before it runs, from its headers; 0 when it is no program.
std::uint64_t static_memory(const std::string& program);

}  // namespace tito
