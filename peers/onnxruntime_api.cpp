#include "peers/onnxruntime_api.h"

#include <cstring>

namespace peers::ort {
namespace {

// Places in the table, as numbered in version 1 of the interface.
enum Place : std::size_t {
  kGetErrorMessage = 2,
  kCreateEnv = 3,
  kCreateSessionFromArray = 8,
  kRun = 9,
  kCreateSessionOptions = 10,
  kSetGraphOptimizationLevel = 23,
  kSetIntraOpThreads = 24,
  kSetInterOpThreads = 25,
  kCreateTensorWithData = 49,
  kCreateCpuMemoryInfo = 69,
  kReleaseStatus = 93,
  kReleaseSession = 95,
  kReleaseValue = 96,
  kReleaseSessionOptions = 100,
};

template <typename F>
void take(const void* table, Place place, F& function) {
  static_assert(sizeof(F) == sizeof(void*));
  std::memcpy(&function, static_cast<const char*>(table) + place * sizeof(F), sizeof(F));
}

}  // namespace

Api::Api(const void* table) {
  take(table, kGetErrorMessage, get_error_message);
  take(table, kCreateEnv, create_env);
  take(table, kCreateSessionFromArray, create_session_from_array);
  take(table, kRun, run);
  take(table, kCreateSessionOptions, create_session_options);
  take(table, kSetGraphOptimizationLevel, set_graph_optimization_level);
  take(table, kSetIntraOpThreads, set_intra_op_threads);
  take(table, kSetInterOpThreads, set_inter_op_threads);
  take(table, kCreateTensorWithData, create_tensor_with_data);
  take(table, kCreateCpuMemoryInfo, create_cpu_memory_info);
  take(table, kReleaseStatus, release_status);
  take(table, kReleaseSession, release_session);
  take(table, kReleaseValue, release_value);
  take(table, kReleaseSessionOptions, release_session_options);
}

}  // namespace peers::ort
