// What sizes must be for their costs to be counted.
#include "tinytorch/core/error.h"
#include "tinytorch/core/require.h"
#include "tinytorch/profiling/counting.h"

namespace tinytorch::profiling {

void require_counts(std::string_view op, std::int64_t low,
                    std::initializer_list<NamedCount> counts) {
  for (const auto& [name, value] : counts) require_at_least(op, name, value, low);
}

void require_conv_sizes(const char* op, const kernels::ConvSizes& sizes) {
  require_counts(op, 1,
                 {{"batch", sizes.batch},
                  {"in_channels", sizes.in_channels},
                  {"in_height", sizes.in_height},
                  {"in_width", sizes.in_width},
                  {"out_channels", sizes.out_channels},
                  {"kernel_height", sizes.kernel_height},
                  {"kernel_width", sizes.kernel_width},
                  {"out_height", sizes.out_height},
                  {"out_width", sizes.out_width},
                  {"groups", sizes.groups}});
  if (sizes.in_channels % sizes.groups != 0 || sizes.out_channels % sizes.groups != 0) {
    throw Error(concat(op, ": ", sizes.in_channels, " to ", sizes.out_channels,
                       " channels must divide evenly into ", sizes.groups, " groups"));
  }
  (void)checked_count(op, {sizes.batch, sizes.in_channels, sizes.in_height, sizes.in_width});
  (void)checked_count(op, {sizes.batch, sizes.out_channels, sizes.out_height, sizes.out_width,
                           sizes.inputs_of_group(), sizes.kernel_height, sizes.kernel_width});
}

}  // namespace tinytorch::profiling
