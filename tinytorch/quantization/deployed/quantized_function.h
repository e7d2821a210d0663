#pragma once
// A deployed function of one number: a table of 256 codes. Given.

#include <cstdint>
#include <span>

#include "tinytorch/quantization/arithmetic/qtypes.h"
#include "tinytorch/quantization/int8/code_table.h"

namespace tinytorch::quantization {

class QuantizedFunction {
 public:
  // Tabulates the function for these grids.
  QuantizedFunction(const Function& function, QParams input, QParams output, QRange range)
      : QuantizedFunction(function, input, output, tabulate(function, input, output, range)) {}
  // With a table that was made before, elsewhere. Throws Error on parameters that
  // require_qparams() (qtypes.h) refuses.
  QuantizedFunction(const Function& function, QParams input, QParams output, CodeTable table)
      : function_(function), input_(input), output_(output), table_(table) {
    require_qparams("QuantizedFunction: the input", input);
    require_qparams("QuantizedFunction: the output", output);
  }

  // y may be x. Throws Error when the sizes differ.
  void forward(std::span<const std::int8_t> x, std::span<std::int8_t> y) const {
    table_.forward(x, y);
  }

  const Function& function() const { return function_; }
  QParams input() const { return input_; }
  QParams output() const { return output_; }
  const CodeTable& table() const { return table_; }

 private:
  Function function_;
  QParams input_;
  QParams output_;
  CodeTable table_;
};

}  // namespace tinytorch::quantization
