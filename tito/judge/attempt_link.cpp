// From the objects of a submission to one worker: stubs for what is absent, the own chain, and who
// is at fault when it does not link.

#include <fmt/format.h>

#include <algorithm>

#include "tito/base/error.h"
#include "tito/judge/attempt.h"

namespace tito {

namespace fs = std::filesystem;

std::string Attempt::use_stub(const Part& part) const {
  const std::string name = "stub_" + part.name + ".o";
  setup_.stage.copy(setup_.stub_objects.at(part.name), job_ + "/" + name);
  return name;
}

std::string Attempt::object_of(const Part& part) const {
  return absent_.count(part.name) > 0 ? use_stub(part) : part.name + ".o";
}

std::vector<std::string> Attempt::objects() const {
  std::vector<std::string> names;
  std::vector<fs::path> sources;
  for (const Part& part : setup_.module.parts) {
    names.push_back(object_of(part));
    sources.push_back(absent_.count(part.name) > 0 ? setup_.stub_sources.at(part.name)
                                                   : setup_.stage.root() / job_ / part.source());
  }
  const auto table = task_table(setup_.module, "", sources);
  names.insert(names.end(), table.begin(), table.end());
  names.insert(names.end(), chain_.begin(), chain_.end());
  return names;
}

// The name of Toolchain::task_table()'s object below `job` of this attempt's folder, where there is
// one.
std::vector<std::string> Attempt::task_table(const Module& module, const std::string& job,
                                             const std::vector<fs::path>& sources) const {
  std::vector<std::string> names;
  for (const fs::path& object : setup_.toolchain.task_table(module, sources)) {
    names.push_back(job + "task_table.o");
    setup_.stage.copy(object, job_ + "/" + names.back());
  }
  return names;
}

Made Attempt::link() const {
  if (absent_.size() == setup_.module.parts.size()) return {};
  // Half of what is left, so that the others get theirs when one part cannot be linked in time.
  Made made = setup_.workshop->link(objects(), replaced_, job_, slot_,
                                    std::max(budget_.share(1, 2), kLeastTime));
  if (made.out_of_time) made.message = out_of_budget().message;
  if (!made.ok()) return made;
  // Memory that a program asks for before it runs is refused by the kernel without a word.
  const std::uint64_t limit = setup_.options.worker.box.memory;
  if (static_memory(read_made(made.file, UINT64_MAX)) > limit) {
    return {{}, fmt::format("its global arrays take more than {} MB", limit >> 20)};
  }
  return made;
}

// The parts whose symbols keep them from being linked are left out; if that is not all, those that
// do not link alone. What is left does not link together, and no part of it can be told apart.
Made Attempt::link_what_can_be() {
  Made made = link();
  if (made.ok()) return made;
  drop_at_fault();
  made = link();
  if (made.ok() || absent_.size() == setup_.module.parts.size()) return made;
  drop_unlinkable();
  made = link();
  for (const Part& part : setup_.module.parts) {
    const bool linked = made.ok() || absent_.count(part.name) > 0;
    if (!linked) absent_[part.name] = unlinkable(made);
  }
  return made;
}

Attempt::Absence Attempt::unlinkable(const Made& made) const {
  return {made.out_of_time ? Verdict::kTimeLimit : Verdict::kCompileError, made.message};
}

void Attempt::drop_at_fault() {
  LinkSide side;
  side.stubs = setup_.stub_symbols;
  side.given = setup_.rules->defined();
  side.given.insert(chain_symbols_.begin(), chain_symbols_.end());
  side.wanted = setup_.rules->wanted();
  for (const auto& [part, symbols] : symbols_) {
    (absent_.count(part) > 0 ? side.fallen : side.live)[part] = symbols;
  }
  for (const auto& [part, words] : link_faults(std::move(side))) {
    absent_[part] = {Verdict::kCompileError, words};
  }
}

// Finds the parts that do not link even when stubs stand in for all the others. When each one does,
// the fault lies between them.
void Attempt::drop_unlinkable() {
  const std::map<std::string, Absence> before = absent_;
  std::map<std::string, Absence> found = before;
  for (const Part& part : setup_.module.parts) {
    if (before.count(part.name) > 0) continue;
    absent_.clear();
    for (const Part& other : setup_.module.parts) {
      if (other.name != part.name) absent_[other.name] = {};
    }
    const Made made = link();
    if (!made.ok()) found[part.name] = unlinkable(made);
  }
  absent_ = std::move(found);
}

// Where the submission has sources of an earlier module, those take the place of the reference;
// a part of it that is missing or broken is the reference's all the same.
void Attempt::add_own_chain(SubmissionFiles& files) {
  for (const Module* earlier : setup_.course.before(setup_.module)) {
    const fs::path archive = setup_.toolchain.module_build(*earlier).reference;
    const auto sources = take_earlier(files, *earlier, setup_.options.intake);
    if (archive.empty() || sources.empty()) continue;
    std::vector<fs::path> used;
    for (const Part& part : earlier->parts) {
      chain_.push_back(own_object(*earlier, part, sources, used.emplace_back()));
    }
    const auto table = task_table(*earlier, earlier->name + "/", used);
    chain_.insert(chain_.end(), table.begin(), table.end());
    replaced_.push_back(archive);
    notes_.push_back("graded on its own " + earlier->name);
  }
}

std::string Attempt::own_object(const Module& earlier, const Part& part,
                                const std::map<std::string, TakenSource>& sources,
                                fs::path& compiled_from) {
  const std::string object = earlier.name + "/" + part.name + ".o";
  const std::string job = job_ + "/" + earlier.name;
  const auto taken = sources.find(part.name);
  std::string why = "was not handed in";
  if (taken != sources.end() && taken->second.rejected.empty()) {
    const Made made = setup_.workshop->compile(part, taken->second.text, job, slot_,
                                               budget_.share(1, kWeightOfPart));
    if (made.ok()) {
      const Listing listing =
          setup_.workshop->symbols(part.name + ".o", job, slot_, setup_.options.workshop.wall);
      why = listing.refused.empty() ? setup_.rules->refuses(listing.text) : listing.refused;
      const ObjectSymbols symbols = object_symbols(listing.text);
      if (why.empty()) chain_symbols_.insert(symbols.defined.begin(), symbols.defined.end());
      compiled_from = setup_.stage.root() / job / part.source();
      if (why.empty()) return object;
    } else {
      why = made.out_of_time ? "took too long to compile" : "does not compile";
    }
  } else if (taken != sources.end()) {
    why = taken->second.rejected;
  }
  notes_.push_back(
      fmt::format("{}/{} {}: the reference stands in", earlier.name, part.source(), why));
  const fs::path solution = setup_.course.solution_source(earlier, part);
  compiled_from = solution;
  const CompileResult compiled = setup_.toolchain.compile(earlier, part, solution);
  if (!compiled.ok) throw InternalError("the reference does not compile: " + compiled.diagnostics);
  setup_.stage.copy(compiled.object, job_ + "/" + object);
  return object;
}

}  // namespace tito
