#include "peers/onnxruntime_session.h"

#include <dlfcn.h>

#include <filesystem>
#include <map>

#include "peers/onnxruntime_api.h"
#include "tinytorch/core/error.h"

namespace peers {

using tinytorch::concat;
using tinytorch::Error;

namespace {

// The loaded library and what all sessions share. Never unloaded: it has threads and statics of
// its own.
struct Runtime {
  std::string version;
  ort::Api api;
  ort::Env* env = nullptr;
  ort::MemoryInfo* memory = nullptr;

  static const Runtime& get() {
    static const Runtime runtime{base()};
    return runtime;
  }

  void require(ort::Status* status, std::string_view doing) const {
    if (status == nullptr) return;
    const std::string words = api.get_error_message(status);
    api.release_status(status);
    throw Error(concat("ONNX Runtime: ", doing, ": ", words));
  }

 private:
  explicit Runtime(const ort::ApiBase& base)
      : version(base.get_version()), api(base.get_api(ort::kTableVersion)) {
    const int errors_only = 3;
    require(api.create_env(errors_only, "tinytorch", &env), "environment");
    const int arena = 1;
    const int default_memory = 0;
    require(api.create_cpu_memory_info(arena, default_memory, &memory), "memory");
  }

  static const ort::ApiBase& base() {
    const char* path = ONNXRUNTIME_LIBRARY;
    if (!std::filesystem::exists(path)) {
      throw Error(concat("ONNX Runtime is not installed (", path,
                         " is missing); type: bin/install-packages check"));
    }
    void* library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) throw Error(concat("ONNX Runtime cannot be loaded: ", dlerror()));
    using GetBase = const ort::ApiBase* (*)();
    const auto get_base = reinterpret_cast<GetBase>(dlsym(library, "OrtGetApiBase"));
    if (get_base == nullptr) throw Error(concat(path, " is not ONNX Runtime"));
    return *get_base();
  }
};

template <typename T>
constexpr ort::Element kElement = ort::Element::kFloat;
template <>
constexpr ort::Element kElement<std::uint8_t> = ort::Element::kUint8;
template <>
constexpr ort::Element kElement<std::int8_t> = ort::Element::kInt8;
template <>
constexpr ort::Element kElement<std::int32_t> = ort::Element::kInt32;
template <>
constexpr ort::Element kElement<std::int64_t> = ort::Element::kInt64;

// Named tensors in the form that run() hands over: names and handles side by side.
class Bindings {
 public:
  Bindings() = default;
  Bindings(const Bindings&) = delete;
  Bindings& operator=(const Bindings&) = delete;
  ~Bindings() {
    for (ort::Value* value : values_) Runtime::get().api.release_value(value);
  }

  void bind(const std::string& name, ort::Value* value) {
    const auto [place, is_new] = places_.emplace(name, values_.size());
    if (is_new) {
      names_.push_back(place->first.c_str());  // a map's keys stay where they are
      values_.push_back(value);
    } else {
      Runtime::get().api.release_value(values_[place->second]);
      values_[place->second] = value;
    }
  }
  std::size_t size() const { return values_.size(); }
  const char* const* names() const { return names_.data(); }
  ort::Value** values() { return values_.data(); }

 private:
  std::map<std::string, std::size_t> places_;
  std::vector<const char*> names_;
  std::vector<ort::Value*> values_;
};

ort::Value* tensor_over(const std::string& name, void* data, std::size_t count,
                        std::size_t element_size, ort::Element element,
                        const std::vector<std::int64_t>& shape) {
  std::int64_t elements = 1;
  for (const std::int64_t size : shape) elements *= size;
  if (elements != static_cast<std::int64_t>(count)) {
    throw Error(concat("ONNX Runtime: ", name, " is bound to ", count, " values, its shape holds ",
                       elements));
  }
  const Runtime& runtime = Runtime::get();
  ort::Value* value = nullptr;
  runtime.require(runtime.api.create_tensor_with_data(runtime.memory, data, count * element_size,
                                                      shape.data(), shape.size(), element, &value),
                  name);
  return value;
}

}  // namespace

std::string onnxruntime_version() { return Runtime::get().version; }

struct OnnxRuntimeSession::Impl {
  ort::Session* session = nullptr;
  Bindings inputs;
  Bindings outputs;
  ~Impl() {
    if (session != nullptr) Runtime::get().api.release_session(session);
  }
};

OnnxRuntimeSession::OnnxRuntimeSession(std::string_view model, Optimization level)
    : impl_(std::make_unique<Impl>()) {
  const Runtime& runtime = Runtime::get();
  const ort::Api& api = runtime.api;
  ort::SessionOptions* made = nullptr;
  runtime.require(api.create_session_options(&made), "options");
  const std::unique_ptr<ort::SessionOptions, void (*)(ort::SessionOptions*)> options(
      made, api.release_session_options);
  runtime.require(api.set_graph_optimization_level(made, static_cast<int>(level)), "level");
  runtime.require(api.set_intra_op_threads(made, 1), "threads");
  runtime.require(api.set_inter_op_threads(made, 1), "threads");
  runtime.require(
      api.create_session_from_array(runtime.env, model.data(), model.size(), made, &impl_->session),
      "loading a model");
}
OnnxRuntimeSession::~OnnxRuntimeSession() = default;
OnnxRuntimeSession::OnnxRuntimeSession(OnnxRuntimeSession&&) noexcept = default;

template <typename T>
void OnnxRuntimeSession::bind_input(const std::string& name, std::span<const T> values,
                                    const std::vector<std::int64_t>& shape) {
  // The interface has no word for memory it only reads.
  auto* data = const_cast<T*>(values.data());
  impl_->inputs.bind(name, tensor_over(name, data, values.size(), sizeof(T), kElement<T>, shape));
}

template <typename T>
void OnnxRuntimeSession::bind_output(const std::string& name, std::span<T> values,
                                     const std::vector<std::int64_t>& shape) {
  impl_->outputs.bind(
      name, tensor_over(name, values.data(), values.size(), sizeof(T), kElement<T>, shape));
}

void OnnxRuntimeSession::run() {
  const Runtime& runtime = Runtime::get();
  runtime.require(
      runtime.api.run(impl_->session, nullptr, impl_->inputs.names(), impl_->inputs.values(),
                      impl_->inputs.size(), impl_->outputs.names(), impl_->outputs.size(),
                      impl_->outputs.values()),
      "running a model");
}

#define PEERS_BIND(T)                                                                  \
  template void OnnxRuntimeSession::bind_input(const std::string&, std::span<const T>, \
                                               const std::vector<std::int64_t>&);      \
  template void OnnxRuntimeSession::bind_output(const std::string&, std::span<T>,      \
                                                const std::vector<std::int64_t>&)
PEERS_BIND(float);
PEERS_BIND(std::uint8_t);
PEERS_BIND(std::int8_t);
PEERS_BIND(std::int32_t);
PEERS_BIND(std::int64_t);
#undef PEERS_BIND

}  // namespace peers
