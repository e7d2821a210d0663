#pragma once
// One statement about the course and the way to prove it.

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "tito/build/toolchain.h"
#include "tito/course/course.h"

namespace tito {

// What is wrong; empty when the statement holds.
using Findings = std::vector<std::string>;

struct Proof {
  std::string module;  // "15_quantization"; "course" for what belongs to none
  std::string name;    // "15.2 misconception: rounds half away from zero"
  // Digest of everything the outcome depends on: one that held is not run again. Empty: always run.
  std::string key;
  std::function<Findings()> run;
};

struct Failure {
  std::string module;
  std::string name;
  std::string message;
};

struct ProofSummary {
  std::size_t passed = 0;
  std::size_t failed = 0;
  std::size_t remembered = 0;  // of the passed ones: not run again
  std::vector<Failure> failures;
};

// Runs them in parallel. `progress` is called after each with the count so far.
ProofSummary run_proofs(
    const std::vector<Proof>& proofs, const std::filesystem::path& memory,
    const std::function<void(std::size_t done, const std::string& name)>& progress);

// What the proofs of one course share.
struct ProofContext {
  const Course& course;
  const Toolchain& toolchain;
  std::string tool;  // digest of this very program: another one may judge otherwise
};

// Rooms, headers, folders: what belongs to no module.
void add_engine_proofs(const ProofContext& context, std::vector<Proof>& proofs);
// What the comments of the library may say about modules.
void add_prose_proofs(const ProofContext& context, std::vector<Proof>& proofs);
// Files, stubs, hints, tests and checks of one module.
void add_file_proofs(const ProofContext& context, const Module& module, std::vector<Proof>& proofs);
// At stage engine nothing tests the stubs; they must compile all the same.
void add_stub_proofs(const ProofContext& context, const Module& module, std::vector<Proof>& proofs);
// Stubs fail, the solution passes, knock-outs fail, and a learner can go on from every task.
void add_test_proofs(const ProofContext& context, const Module& module, std::vector<Proof>& proofs);
// Each plausible wrong solution fails with the message its learner must see.
void add_misconception_proofs(const ProofContext& context, const Module& module,
                              std::vector<Proof>& proofs);

}  // namespace tito
