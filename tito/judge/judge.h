#pragma once
// The judge: one module, one seed, any number of submissions.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "tito/judge/intake/intake.h"
#include "tito/judge/questions.h"
#include "tito/judge/symbols.h"
#include "tito/judge/verdict.h"
#include "tito/judge/workshop.h"

namespace tito {

struct JudgeOptions {
  std::uint64_t seed = 0;
  bool core_only = false;  // ask for the tasks of the core alone; its points are all there are
  bool own_chain = false;  // a submission's own earlier modules instead of the reference's
  std::chrono::milliseconds budget{600000};  // of one submission in all
  WorkshopLimits workshop;
  WorkerLimits worker;
  IntakeLimits intake;
};

// What all submissions share; nothing of it changes while they are judged.
struct JudgeSetup {
  // Whether the tasks of `part` are asked for.
  bool asks(const Part& part) const { return part.core() || !options.core_only; }

  const Course& course;
  const Toolchain& toolchain;
  const Module& module;
  const Sandbox& sandbox;
  JudgeOptions options;
  Stage stage;
  std::unique_ptr<Workshop> workshop;
  std::unique_ptr<SymbolRules> rules;
  std::map<std::string, std::string> stub_texts;              // by part
  std::map<std::string, std::filesystem::path> stub_sources;  // by part
  std::map<std::string, std::filesystem::path> stub_objects;  // by part
  std::map<std::string, ObjectSymbols> stub_symbols;          // by part
  std::vector<Question> questions;
  std::uint64_t space = 0;  // that one submission takes in the stage, in bytes
};

class Judge {
 public:
  // Builds what is not up to date, the reference's worker among it, and makes the questions.
  // Throws UserError for a module that cannot be graded, InternalError for our own troubles.
  Judge(const Course& course, const Toolchain& toolchain, const Module& module,
        const Sandbox& sandbox, const JudgeOptions& options);

  // May be called from several threads at once. A trouble of our own, whatever it is, is tried
  // again twice and then stated as infrastructure-error for every task. Throws UserError when
  // nothing is at `path`, and Interrupted.
  SubmissionResult grade(const std::filesystem::path& path, const std::string& id);

  // infrastructure-error for every task.
  SubmissionResult not_graded(const std::string& id, const std::string& trouble) const;

  const JudgeSetup& setup() const { return setup_; }

 private:
  int take_slot();
  void give_back(int slot);

  JudgeSetup setup_;
  std::mutex mutex_;
  std::set<int> busy_slots_;
  int next_job_ = 0;
};

// The static worker of the reference, built once and kept in the build folder under a name made of
// everything that went into it.
std::filesystem::path reference_worker(const Course& course, const Toolchain& toolchain,
                                       const Module& module);

}  // namespace tito
