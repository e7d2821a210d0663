#pragma once
// "Did you mean …?", by the library's one measure (tinytorch/core/nearest.h), whose source is
// compiled into tito as well: tito links no engine.

#include "tinytorch/core/nearest.h"

namespace tito {

using tinytorch::did_you_mean;
using tinytorch::nearest;

}  // namespace tito
