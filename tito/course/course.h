#pragma once
// course.yaml and the modules' own files as values, and the questions asked of them.

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tito {

struct Task {
  std::string id;    // "15.2"
  std::string name;  // "quantize"
  std::string title;
  std::string suite;  // Google Test suite of its learner tests; empty at stage engine
  int points = 0;
  int line = 0;                    // in its module's file
  std::vector<std::string> needs;  // ids of tasks it calls
  std::vector<std::string> hints;  // graduated: concept, approach, nearly code
};

// A module is done when its core passes; each part in depth stands alone and goes further.
enum class Track { kCore, kDepth };

struct Part {
  std::string name;    // "affine": modules/15_quantization/affine.cpp
  std::string header;  // "tinytorch/quantization/arithmetic/affine.h"
  std::string title;
  Track track = Track::kCore;
  int minutes = 0;          // that it took somebody; 0: nobody has tried
  std::vector<Task> tasks;  // none: not asked for in this package
  std::string source() const { return name + ".cpp"; }
  bool core() const { return track == Track::kCore; }
};

struct Module {
  std::string name;  // "15_quantization"
  std::string title;
  std::string summary;
  std::string stage;               // "complete" or "engine"
  std::vector<std::string> needs;  // names of modules
  std::string milestone;           // program to look at once the core passes; may be empty
  std::vector<Part> parts;         // those of the core first
  // Nobody's to write here: its reference is part of the engine. A package has such modules; their
  // parts are known by their sources and hold no tasks.
  bool given = false;
  bool complete() const { return stage == "complete"; }
  bool has_depth() const;  // with tasks
  // Of all tasks, or of the core's alone.
  int total_points(bool core_only = false) const;
  // "modules/15_quantization/module.yaml", where all of this stands.
  std::string file() const { return "modules/" + name + "/module.yaml"; }
};

// A task with the part and module it stands in; pointers into the Course.
struct TaskRef {
  const Module* module = nullptr;
  const Part* part = nullptr;
  const Task* task = nullptr;
};

struct Course {
  std::filesystem::path root;  // the folder of course.yaml
  std::string title;
  std::vector<std::string> rooms;  // folders below tinytorch/, in include order
  std::vector<Module> modules;     // in order; what a module needs stands before it

  // "15_quantization", "15", "quantization" → the module; "15.2" → the task.
  // Throws UserError with the nearest names when there is none.
  const Module& find_module(std::string_view name) const;
  TaskRef find_task(std::string_view id) const;
  // Modules before `module` in the list.
  std::vector<const Module*> before(const Module& module) const;

  // The room that a file below tinytorch/ belongs to, "quantization/int8" for
  // "tinytorch/quantization/int8/detail/int8_tile.h": of the listed rooms the innermost folder.
  // Empty when there is none.
  std::string room_of(std::string_view path) const;

  std::filesystem::path learner_source(const Module& module, const Part& part) const;  // modules/
  std::filesystem::path solution_source(const Module& module,
                                        const Part& part) const;  // solutions/
  std::filesystem::path exported_source(const Module& module, const Part& part) const;
  // What stands for a part in an exported module: the learner's snapshot, else the reference, else
  // (in a package) the stub.
  std::filesystem::path engine_source(const Module& module, const Part& part) const;
};

// Reads and validates, each module's own file among it. Throws UserError "course.yaml:12: …,
// expected …", or the same with "modules/NN_name/module.yaml".
Course load_course(const std::filesystem::path& root);
// The nearest folder at or above `from` that holds a course.yaml. Throws UserError.
std::filesystem::path find_course_root(const std::filesystem::path& from);

}  // namespace tito
