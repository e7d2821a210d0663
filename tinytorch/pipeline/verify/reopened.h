#pragma once
// A finished run, opened again: its files beside the models that they were made from, which come
// out of the checkpoints as they went in.

#include <memory>
#include <string>
#include <vector>

#include "tinytorch/pipeline/gate/paired_latency.h"
#include "tinytorch/pipeline/run/forms.h"
#include "tinytorch/pipeline/run/run_recipe.h"
#include "tinytorch/pipeline/verify/verify.h"

namespace tinytorch::pipeline {

class Reopened {
 public:
  // Throws Error when the recipe's folder holds no finished run of this recipe, also where a
  // checkpoint is missing, unfinished or another recipe's; it ends in the command to type. Nothing
  // is trained and nothing is written.
  Reopened(const std::string& recipe_file, const RunOptions& options);
  ~Reopened();
  Reopened(const Reopened&) = delete;
  Reopened& operator=(const Reopened&) = delete;

  const Job& job() const;
  // The forms whose files are there, without fp32, in the order they were tried.
  std::vector<Form> forms() const;
  // build/models/x/x.onnx, build/models/x/forms/static.onnx
  std::filesystem::path file(Form form) const;
  const Deployed& deployed(Form form);

  // Both providers on every file, on at most `rows` rows of the fixture.
  std::vector<VerifyRecord> verify(const std::vector<std::shared_ptr<Provider>>& providers,
                                   std::int64_t rows = 100);
  // The form beside the float model, `batch` rows a call, in our engine and in ONNX Runtime.
  std::vector<PairedLatency> bench(Form form, std::int64_t batch = 1,
                                   const PairedOptions& options = {});

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tinytorch::pipeline
