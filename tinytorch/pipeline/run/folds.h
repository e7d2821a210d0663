#pragma once
// The models of a run: one for each training seed, or, where the recipe cross-validates, one for
// each seed and part of the data, so that every group is judged once by a model that never saw it.

#include <functional>
#include <string>
#include <vector>

#include "tinytorch/pipeline/gate/gate.h"
#include "tinytorch/pipeline/run/forms.h"
#include "tinytorch/pipeline/run/job.h"

namespace tinytorch::pipeline {

// One part of the data held out, and the float models trained on the others: one a seed.
struct Fold {
  Job job;
  std::vector<TrainedFloat> trained{};
  std::vector<Tensor> float_answers{};  // of each, to this part's fixture
};

class Folds {
 public:
  // `job` is that of data.fold, whose models ship; the others come with data.cross_validate. Throws
  // Error as load_data() and make_model() do.
  explicit Folds(Job job);

  // One more float model in every fold, from its checkpoint where there is one. Throws Error, as
  // everything here, at the first Ctrl-C.
  void train(std::int64_t seed);
  // The bits of quantize.sensitivity, for all folds.
  void set_allocated_bits(const std::map<std::string, int>& bits);

  // The fold that ships.
  Job& job() { return folds_.front().job; }
  const Job& job() const { return folds_.front().job; }
  const TrainedFloat& trained(std::size_t seed) const { return folds_.front().trained[seed]; }
  std::size_t seeds() const { return folds_.front().trained.size(); }
  std::size_t count() const { return folds_.size(); }

  // The held-out data of all folds, and what the float models of one seed answer to them.
  Fixture fixture() const;
  double float_metric(std::size_t seed) const;
  // What `make` makes of each fold's model of this seed, asked about that fold's fixture; `shipped`
  // is that of the first.
  using Make = std::function<Deployed(const Job&, const TrainedFloat&)>;
  Trial trial(const std::string& label, std::size_t seed, const Make& make,
              Deployed* shipped = nullptr) const;

 private:
  std::vector<Fold> folds_;
};

}  // namespace tinytorch::pipeline
