#include "tinytorch/core/extent.h"

#include "tinytorch/core/error.h"

namespace tinytorch {

std::string to_string(const Extent2& extent) {
  if (extent.is_square()) return concat(extent.height);
  return concat("(", extent.height, ", ", extent.width, ")");
}

std::string to_string(const Padding4& p) {
  if (p.top == p.bottom && p.left == p.right) return to_string(Extent2(p.top, p.left));
  return concat("(", p.top, ", ", p.left, ", ", p.bottom, ", ", p.right, ")");
}

}  // namespace tinytorch
