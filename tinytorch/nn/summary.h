#pragma once
// A model as a table: its layers, the shapes they give, and how many numbers they learn.
// Given (summary.cpp).

#include <cstdint>
#include <string>
#include <vector>

#include "tinytorch/nn/module.h"

namespace tinytorch::nn {

struct LayerSummary {
  std::string name;  // dotted, "3.body.0"
  std::string kind;  // describe()
  bool has_output = false;
  Shape output;  // where has_output
  std::int64_t parameters = 0;
};

// The layers without children, in the order of registration; a module that has both children and
// parameters of its own is a row as well. `input` runs through the model once, as zeros, in eval
// mode and without recording; the model is in its former mode afterwards. Layers below Sequential,
// Residual and Graph have an output then; what other modules do between their children is not
// known. Throws Error as the model's forward() does.
std::vector<LayerSummary> layers_of(Module& model, const Shape& input);

// layers_of() as a table with the number of all parameters below:
//   layer                output     parameters
//   0  Linear(64, 128)   [1, 128]        8,320
//   1  ReLU()            [1, 128]            0
//   2  Linear(128, 10)   [1, 10]         1,290
//   total                [1, 10]         9,610
std::string summary(Module& model, const Shape& input);
// The same where no input is given: one row of as many features as the first layer takes, if that
// is a linear map; otherwise, and for an input that does not fit, the outputs stay empty.
std::string summary(Module& model);

// summary() on standard output.
void print(Module& model, const Shape& input);
void print(Module& model);

}  // namespace tinytorch::nn
