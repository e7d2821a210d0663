#define TINYTORCH_DEFINE_COMMON_INSTANCES
#include "tinytorch/core/instances.h"

TINYTORCH_COMMON_INSTANCES()
