#include "tito/devcheck/proof.h"

#include <algorithm>
#include <mutex>

#include "tito/base/error.h"
#include "tito/base/files.h"
#include "tito/base/parallel.h"

namespace tito {
namespace {

namespace fs = std::filesystem;

// A proof that cannot be carried out is a finding like any other; only Ctrl-C ends them all.
Findings findings_of(const Proof& proof) {
  try {
    return proof.run();
  } catch (const UserError& error) {
    return {error.what()};
  } catch (const InternalError& error) {
    return {error.what()};
  } catch (const fs::filesystem_error& error) {
    return {error.what()};
  }
}

}  // namespace

ProofSummary run_proofs(const std::vector<Proof>& proofs, const fs::path& memory,
                        const std::function<void(std::size_t, const std::string&)>& progress) {
  ProofSummary summary;
  std::mutex mutex;
  std::size_t done = 0;
  std::vector<Findings> findings(proofs.size());
  parallel_for(proofs.size(), [&](std::size_t i) {
    const Proof& proof = proofs[i];
    const fs::path held = memory / proof.key;
    const bool remembered = !proof.key.empty() && fs::exists(held);
    if (!remembered) findings[i] = findings_of(proof);
    if (!remembered && !proof.key.empty() && findings[i].empty()) write_file_atomically(held, "");
    const std::lock_guard lock(mutex);
    summary.remembered += remembered ? 1 : 0;
    progress(++done, proof.module + ' ' + proof.name);
  });
  for (std::size_t i = 0; i < proofs.size(); ++i) {
    findings[i].empty() ? ++summary.passed : ++summary.failed;
    for (auto& message : findings[i]) {
      summary.failures.push_back({proofs[i].module, proofs[i].name, std::move(message)});
    }
  }
  return summary;
}

}  // namespace tito
