#include "tinytorch/pipeline/gate/result.h"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <type_traits>

#include "tinytorch/core/at_place.h"
#include "tinytorch/core/error.h"
#include "tinytorch/data/file.h"
#include "tinytorch/pipeline/gate/detail/result_fields.h"

namespace tinytorch::pipeline {
namespace {

using Json = nlohmann::ordered_json;
constexpr int kResultVersion = 1;

struct Writer {
  Json json = Json::object();

  template <typename T>
  void operator()(const char* key, T& value) {
    json[key] = written(value);
  }

 private:
  static Json written(double value) {
    if (std::isnan(value)) return nullptr;
    if (std::isinf(value)) return value > 0.0 ? "infinity" : "-infinity";
    return value;
  }
  static Json written(Metric metric) { return name(metric); }
  template <typename T>
  static Json written(std::optional<T>& value) {
    return value ? written(*value) : Json("not measured");
  }
  template <typename T>
  static Json written(std::vector<T>& values) {
    Json all = Json::array();
    for (T& value : values) all.push_back(written(value));
    return all;
  }
  static Json written(std::map<std::string, double>& values) {
    Json all = Json::object();
    for (auto& [key, value] : values) all[key] = written(value);
    return all;
  }
  template <typename T>
  static Json written(T& value) {
    if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, std::string>) {
      return value;
    } else {
      Writer inner;
      walk(inner, value);
      return std::move(inner.json);
    }
  }
};

// Reads the fields that walk() names, all of them and no others.
class Reader {
 public:
  Reader(const Json& json, std::string place) : json_(json), place_(std::move(place)) {
    if (!json.is_object()) refuse(place_, "an object");
  }

  template <typename T>
  void operator()(const char* key, T& value) {
    const std::string place = place_.empty() ? key : concat(place_, ".", key);
    const auto found = json_.find(key);
    if (found == json_.end()) throw Error(concat("result: ", place, " is missing"));
    ++known_;
    read(*found, place, value);
  }

  void require_no_others() const {
    if (known_ == json_.size()) return;
    throw Error(concat("result: ", place_.empty() ? "the root" : place_, " has ", json_.size(),
                       " fields, and ", known_, " are known; was a newer version's file read?"));
  }

 private:
  [[noreturn]] static void refuse(const std::string& place, const char* wanted) {
    throw Error(concat("result: ", place.empty() ? "the root" : place, " must be ", wanted));
  }
  static void read(const Json& json, const std::string& place, double& value) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    if (json.is_null()) {
      value = std::numeric_limits<double>::quiet_NaN();
    } else if (json == "infinity" || json == "-infinity") {
      value = json == "infinity" ? kInfinity : -kInfinity;
    } else if (json.is_number()) {
      value = json.get<double>();
    } else {
      refuse(place, "a number");
    }
  }
  static void read(const Json& json, const std::string& place, Metric& value) {
    if (!json.is_string()) refuse(place, "the name of a metric");
    value = at_place("result: " + place, [&] { return metric_named(json.get<std::string>()); });
  }
  template <typename T>
  static void read(const Json& json, const std::string& place, std::optional<T>& value) {
    if (json != "not measured") read(json, place, value.emplace());
  }
  template <typename T>
  static void read(const Json& json, const std::string& place, std::vector<T>& values) {
    if (!json.is_array()) refuse(place, "a list");
    values.clear();
    for (std::size_t i = 0; i < json.size(); ++i) {
      read(json[i], concat(place, "[", i, "]"), values.emplace_back());
    }
  }
  static void read(const Json& json, const std::string& place,
                   std::map<std::string, double>& values) {
    if (!json.is_object()) refuse(place, "an object");
    for (const auto& [key, value] : json.items()) read(value, concat(place, ".", key), values[key]);
  }
  template <typename T>
  static void read(const Json& json, const std::string& place, T& value) {
    if constexpr (std::is_same_v<T, bool>) {
      if (!json.is_boolean()) refuse(place, "true or false");
      value = json.get<bool>();
    } else if constexpr (std::is_integral_v<T>) {
      if (!json.is_number_integer()) refuse(place, "a whole number");
      value = json.get<T>();
    } else if constexpr (std::is_same_v<T, std::string>) {
      if (!json.is_string()) refuse(place, "text");
      value = json.get<std::string>();
    } else {
      Reader inner(json, place);
      walk(inner, value);
      inner.require_no_others();
    }
  }

  const Json& json_;
  std::string place_;
  std::size_t known_ = 0;
};

}  // namespace

const ModeResult* ModelResult::shipped() const {
  for (const ModeResult& one : modes) {
    if (one.mode == quant_mode && one.verdict.pass) return &one;
  }
  return nullptr;
}

std::string to_json(const ModelResult& result) {
  Writer writer;
  int version = kResultVersion;
  writer("result_version", version);
  ModelResult copy = result;
  walk(writer, copy);
  return writer.json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

ModelResult from_json(const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) throw Error("result: this is not JSON");
  Reader reader(json, "");
  int version = 0;
  reader("result_version", version);
  if (version != kResultVersion) {
    throw Error(concat("result: result_version must be ", kResultVersion, ", got ", version,
                       "; run the recipe again"));
  }
  ModelResult result;
  walk(reader, result);
  reader.require_no_others();
  return result;
}

void save_result(const std::filesystem::path& path, const ModelResult& result) {
  data::write_file_atomically(path.string(), to_json(result));
}

ModelResult load_result(const std::filesystem::path& path) {
  const std::string content = data::read_file(path.string());
  return at_place(path.string(), [&] { return from_json(content); });
}

}  // namespace tinytorch::pipeline
