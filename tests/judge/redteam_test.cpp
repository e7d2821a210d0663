// Every attack of tests/redteam/ against the real judge, inside the real sandbox.

#include <fstream>
#include <set>
#include <sstream>

#include "tito/base/files.h"
#include "tito/base/parallel.h"
#include "toy_course.h"

namespace tito {
namespace {

namespace fs = std::filesystem;
using namespace testing_support;

const fs::path kCorpus = fs::path(TITO_SOURCE_DIR) / "tests" / "redteam";

struct Attack {
  std::string name;
  std::string verdict;
  std::string scope;
  std::string words;
  bool on_sums() const { return name.find("/sums_") != std::string::npos; }
  // What the task must come to.
  std::string expected(const std::string& task) const {
    const std::string target = on_sums() ? scope : "01.3";
    return scope == "all" || task == target ? verdict : "pass";
  }
};

std::vector<Attack> read_corpus(Rung rung) {
  std::vector<Attack> attacks;
  std::ifstream in(kCorpus / "corpus.txt");
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line.front() == '#') continue;
    std::istringstream fields(line);
    Attack attack;
    fields >> attack.name >> attack.verdict >> attack.scope >> std::ws;
    std::getline(fields, attack.words);
    // Without a control group nothing counts what such a file holds, so there is none.
    const bool refused = rung == Rung::kR1 && attack.name == "runtime/memory_files";
    if (refused) attack.verdict = "denied", attack.words = "system call";
    attacks.push_back(attack);
  }
  return attacks;
}

SubmissionResult judged(Judge& judge, const Attack& attack) {
  TemporaryFolder folder;
  const std::string text = read_file(kCorpus / (attack.name + ".cpp"));
  folder.write("words.cpp", attack.on_sums() ? solution_text("01_counting", "words") : text);
  folder.write("sums.cpp", attack.on_sums() ? text : solution_text("01_counting", "sums"));
  return judge.grade(folder.path(), attack.name);
}

void expect_verdicts(const Attack& attack, const SubmissionResult& result) {
  for (const TaskResult& task : result.tasks) {
    const std::string shown = attack.name + ", task " + task.id + ": " + task.message;
    EXPECT_EQ(to_string(task.verdict), attack.expected(task.id)) << shown;
    EXPECT_EQ(task.message.find('\x1b'), std::string::npos) << shown;
    EXPECT_EQ(task.message.find("/tmp/"), std::string::npos) << shown;
    EXPECT_LT(task.message.size(), 1000u) << shown;
    if (to_string(task.verdict) == attack.verdict && attack.expected(task.id) == attack.verdict) {
      EXPECT_NE(task.message.find(attack.words), std::string::npos) << shown;
    }
    EXPECT_EQ(task.points > 0, task.verdict == Verdict::kPass) << shown;
  }
  EXPECT_EQ(result.tasks.size(), 3u) << attack.name;
}

void expect_all(const Sandbox& sandbox, const std::vector<Attack>& attacks) {
  Judge judge(toy_course(), toy_toolchain(), toy_module("01_counting"), sandbox, gentle_options());
  std::vector<SubmissionResult> results(attacks.size());
  parallel_for(attacks.size(), [&](std::size_t i) { results[i] = judged(judge, attacks[i]); });
  for (std::size_t i = 0; i < attacks.size(); ++i) expect_verdicts(attacks[i], results[i]);
}

TEST(RedTeam, EveryAttackGetsItsVerdict) {
  const Sandbox sandbox = Sandbox::detect();
  const std::vector<Attack> attacks = read_corpus(sandbox.rung());
  ASSERT_GE(attacks.size(), 120u);
  expect_all(sandbox, attacks);
}

// Where memory and processes are watched, not capped.
TEST(RedTeam, AttacksOnTheMachineFailWithoutAControlGroupToo) {
  const std::set<std::string> heavy = {
      "runtime/fork_bomb",     "runtime/slow_fork_bomb",      "runtime/vfork_bomb",
      "runtime/thread_bomb",   "runtime/fork_in_constructor", "runtime/malloc_bomb",
      "runtime/huge_vector",   "runtime/memory_over_forks",   "runtime/memory_files",
      "runtime/shared_memory", "runtime/output_flood",        "runtime/daemon",
      "runtime/kill_everybody"};
  std::vector<Attack> attacks;
  for (const Attack& attack : read_corpus(Rung::kR1)) {
    if (heavy.count(attack.name) > 0) attacks.push_back(attack);
  }
  ASSERT_EQ(attacks.size(), heavy.size());
  expect_all(Sandbox::at(Rung::kR1), attacks);
}

TEST(RedTeam, EveryFileIsInTheTableAndEveryLineHasAFile) {
  std::set<std::string> listed, present;
  for (const Attack& attack : read_corpus(Rung::kR0)) {
    EXPECT_TRUE(listed.insert(attack.name + ".cpp").second) << attack.name << " is listed twice";
  }
  for (const auto& entry : fs::recursive_directory_iterator(kCorpus)) {
    if (entry.path().extension() != ".cpp") continue;
    present.insert(fs::relative(entry.path(), kCorpus).string());
  }
  EXPECT_EQ(listed, present);
}

}  // namespace
}  // namespace tito
