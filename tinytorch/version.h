#pragma once
// The version of the library: the one place that says it; CMakeLists.txt reads it here.

#define TINYTORCH_VERSION_MAJOR 0
#define TINYTORCH_VERSION_MINOR 2
#define TINYTORCH_VERSION_PATCH 0
