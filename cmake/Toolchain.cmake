# Compiler, linker and warning settings: one place for every target.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE OFF)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
# Assertions stay on outside the release preset: they guard our own invariants. -O3 because g++ 12
# vectorises plain loops (quantize, requantize) only there.
if(CMAKE_CXX_FLAGS_RELEASE STREQUAL "-O3 -DNDEBUG" AND NOT CMAKE_BINARY_DIR MATCHES "/release$")
  set(CMAKE_CXX_FLAGS_RELEASE "-O3")
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Paths count relative to the checkout, so that a second one (a clone, a worktree, a student's
  # workspace) finds what the first has built. Precompiled headers are found as well: nothing here
  # depends on __TIME__ or on macros defined before one is included.
  set(CMAKE_CXX_COMPILER_LAUNCHER env "CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}" CCACHE_NOHASHDIR=1
    CCACHE_SLOPPINESS=pch_defines,time_macros "${CCACHE_PROGRAM}")
endif()

add_library(tinytorch_options INTERFACE)
target_include_directories(tinytorch_options INTERFACE "${PROJECT_SOURCE_DIR}")
target_compile_options(tinytorch_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion $<$<BOOL:${TINYTORCH_WERROR}>:-Werror>
  # A fused multiply-add rounds once where the source rounds twice: results would depend on the
  # machine. Kernels that want one say so with an intrinsic.
  -ffp-contract=off
  # Nobody reads errno after std::sqrt, nor floating-point flags; both keep loops from vectorising.
  -fno-math-errno -fno-trapping-math)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 warns inside its own std::string for `"text" + string` (GCC bug 105651). The second is
  # what ccache needs to see through a precompiled header.
  target_compile_options(tinytorch_options INTERFACE -Wno-restrict -fpch-preprocess)
endif()
if(TINYTORCH_NATIVE)
  target_compile_options(tinytorch_options INTERFACE -march=native)
endif()
if(TINYTORCH_SANITIZE)
  target_compile_options(tinytorch_options INTERFACE
    -fsanitize=${TINYTORCH_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -g1)
  target_link_options(tinytorch_options INTERFACE -fsanitize=${TINYTORCH_SANITIZE})
endif()

find_program(MOLD_PROGRAM mold)
if(MOLD_PROGRAM)
  target_link_options(tinytorch_options INTERFACE -fuse-ld=mold)
endif()
