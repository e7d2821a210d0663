#pragma once
// One submission on its way through intake, compiler, linker and worker.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tito/judge/budget.h"
#include "tito/judge/judge.h"

namespace tito {

class Attempt {
 public:
  // `job` is a folder name of its own in the stage; `slot` of no other attempt at the same time.
  Attempt(const JudgeSetup& setup, std::string job, int slot);
  ~Attempt();
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;

  // Throws UserError when nothing is at `path`, InternalError for our own troubles.
  SubmissionResult run(const std::filesystem::path& path, const std::string& id);

 private:
  // Why a part's tasks are not asked: its pristine stub stands in for it, so that the other parts
  // still get their verdicts.
  struct Absence {
    Verdict verdict = Verdict::kNotImplemented;
    std::string message;
  };

  void make_parts(const Intake& intake);
  bool make_part(const Part& part, const Intake& intake, Budget::Time most);
  std::vector<TaskResult> ask_all(Conversation& worker);
  Absence out_of_budget() const;
  std::string object_of(const Part& part) const;
  std::string use_stub(const Part& part) const;
  std::vector<std::string> objects() const;
  std::vector<std::string> task_table(const Module& module, const std::string& job,
                                      const std::vector<std::filesystem::path>& sources) const;
  void add_own_chain(SubmissionFiles& files);
  std::string own_object(const Module& earlier, const Part& part,
                         const std::map<std::string, TakenSource>& sources,
                         std::filesystem::path& compiled_from);
  Made link() const;
  Made link_what_can_be();
  void drop_at_fault();
  void drop_unlinkable();
  Absence unlinkable(const Made& made) const;
  std::optional<TaskResult> ask(const Task& task, Conversation& worker, Budget::Time most) const;
  SubmissionResult summed(std::vector<TaskResult> tasks, const std::string& id) const;

  static constexpr std::size_t kWeightOfPart = 4;  // a part's compilation, in tasks
  static constexpr Budget::Time kLeastTime{20};    // with less left, nothing is begun

  const JudgeSetup& setup_;
  std::string job_;
  int slot_;
  Budget budget_;
  std::map<std::string, ObjectSymbols> symbols_;  // by part, of what compiled
  std::set<std::string> chain_symbols_;           // defined by the objects of the own chain
  std::map<std::string, Absence> absent_;         // by part
  std::vector<std::string> chain_;                // objects of a learner's own chain
  std::vector<std::filesystem::path> replaced_;   // archives those stand in for
  std::vector<std::string> notes_;
};

}  // namespace tito
