#pragma once
// What both oneDNN peers run on: this processor, one thread.

#include <dnnl.hpp>

// OpenMP's own routine (libgomp), on whose threads oneDNN runs. Setting OMP_NUM_THREADS in main()
// comes too late: the library reads it when it is loaded.
extern "C" void omp_set_num_threads(int threads);

namespace bench {

inline const dnnl::engine& engine() {
  static const dnnl::engine cpu = [] {
    omp_set_num_threads(1);
    return dnnl::engine(dnnl::engine::kind::cpu, 0);
  }();
  return cpu;
}

}  // namespace bench
