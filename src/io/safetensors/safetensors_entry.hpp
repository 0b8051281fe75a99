#pragma once
/// One tensor of a safetensors header, built from the parser's events.

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/tensor_file.hpp"

namespace latentrt::io {

/// All checks of one tensor, with their error sentences. Functions throw Error(bad_file) that
/// starts with `what` and names the tensor.
class SafetensorsEntry {
 public:
  using Json = nlohmann::ordered_json;

  SafetensorsEntry(std::string_view what, std::string name);

  const std::string& name() const noexcept { return name_; }
  /// Begins the value of the name, which must be an object.
  void begin(bool object);
  void key(const std::string& key);
  /// A value within the object, at that depth below it: 1 for a member's own value.
  void scalar(const Json& value, int depth);
  void open(bool object, int depth);
  TensorInfo finish();

 private:
  enum class Key { none, dtype, shape, offsets, unknown };

  [[noreturn]] void refuse(std::string_view problem) const;
  [[noreturn]] void refuse_keys() const;
  void check_name() const;
  std::uint64_t number(const Json& value, const char* key) const;
  void take_dtype(const Json& value);
  void take_extent(const Json& value);
  void take_offset(const Json& value);
  [[noreturn]] void refuse_kind(bool object) const;
  void check_size(const TensorInfo& info) const;

  std::string_view what_;
  std::string name_;
  Key key_ = Key::none;
  int keys_ = 0;
  std::optional<Dtype> dtype_;
  std::optional<std::vector<std::int64_t>> shape_;
  std::optional<std::vector<std::uint64_t>> offsets_;
};

}  // namespace latentrt::io
