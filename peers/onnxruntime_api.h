#pragma once
// The few functions of ONNX Runtime's C interface that the session needs. Internal to peers/.
//
// The library exports OrtGetApiBase; everything else is reached through one table of function
// pointers whose order never changes ("DO NOT MODIFY" after a version shipped: the table of version
// 1 is the beginning of every later one). So a function is its place in that table and its type,
// and no header of ONNX Runtime's is needed. tests/parity/onnxruntime_session_test.cpp calls every
// one of them.

#include <cstddef>
#include <cstdint>

namespace peers::ort {

// Handles, never looked into.
struct Status;
struct Env;
struct SessionOptions;
struct Session;
struct MemoryInfo;
struct Value;
struct RunOptions;

// ONNX's own numbers for element types.
enum class Element : std::int32_t {
  kFloat = 1,
  kUint8 = 2,
  kInt8 = 3,
  kInt32 = 6,
  kInt64 = 7,
};

constexpr std::uint32_t kTableVersion = 1;

struct ApiBase {
  const void* (*get_api)(std::uint32_t version);
  const char* (*get_version)();
};

// Most functions return nullptr, or a status that says what is wrong and must be released.
template <typename... Arguments>
using Function = Status* (*)(Arguments...);

struct Api {
  explicit Api(const void* table);

  const char* (*get_error_message)(const Status*);
  Function<int /*log level*/, const char* /*log id*/, Env**> create_env;
  Function<const Env*, const void* /*model*/, std::size_t, const SessionOptions*, Session**>
      create_session_from_array;
  Function<Session*, const RunOptions*, const char* const* /*input names*/, const Value* const*,
           std::size_t, const char* const* /*output names*/, std::size_t, Value**>
      run;
  Function<SessionOptions**> create_session_options;
  Function<SessionOptions*, int> set_graph_optimization_level;
  Function<SessionOptions*, int> set_intra_op_threads;
  Function<SessionOptions*, int> set_inter_op_threads;
  Function<const MemoryInfo*, void* /*data*/, std::size_t /*bytes*/, const std::int64_t* /*shape*/,
           std::size_t, Element, Value**>
      create_tensor_with_data;
  Function<int /*allocator*/, int /*memory*/, MemoryInfo**> create_cpu_memory_info;
  void (*release_status)(Status*);
  void (*release_value)(Value*);
  void (*release_session)(Session*);
  void (*release_session_options)(SessionOptions*);
};

}  // namespace peers::ort
