#pragma once
/// Safetensors files composed byte by byte, so that a test can make every error.

#include <cstdint>
#include <string>
#include <string_view>

namespace latentrt::testing {

/// Little-endian bytes of values, all of the first one's type.
template <class T, class... More>
std::string bytes_of(T first, More... more) {
  const T values[] = {first, static_cast<T>(more)...};
  return {reinterpret_cast<const char*>(values), sizeof(values)};
}

/// A file whose header claims to be `length` bytes long.
inline std::string file_with_length(std::uint64_t length, std::string_view rest) {
  return bytes_of(length) + std::string(rest);
}

inline std::string safetensors_file(std::string_view header, std::string_view data = {}) {
  return file_with_length(header.size(), header) + std::string(data);
}

/// A member of a header: `entry("a", "F32", "2,3", 0, 24)`.
inline std::string entry(std::string_view name, std::string_view dtype, std::string_view shape,
                         std::uint64_t begin, std::uint64_t end) {
  return '"' + std::string(name) + R"(":{"dtype":")" + std::string(dtype) + R"(","shape":[)" +
         std::string(shape) + R"(],"data_offsets":[)" + std::to_string(begin) + ',' +
         std::to_string(end) + "]}";
}

/// A file of F32 tensors with one value each and these names: 0, 1, 2, ...
template <class... Names>
std::string file_of(Names... names) {
  std::string header = "{", data;
  float value = 0;
  for (const std::string_view name : {std::string_view(names)...}) {
    if (!data.empty()) header += ',';
    header += entry(name, "F32", "1", data.size(), data.size() + sizeof(value));
    data += bytes_of(value++);
  }
  return safetensors_file(header + '}', data);
}

}  // namespace latentrt::testing
