#pragma once
/// Writes a file of kernels/measured: the times of both implementations of an operation.

#include <torch/headeronly/version.h>

#include <cstdint>
#include <latentrt/dtype.hpp>
#include <latentrt/error.hpp>
#include <latentrt/output_files.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "device/cuda/device_query.h"

namespace latentrt::kernels {

class MeasuredTable {
 public:
  /// For the first CUDA device.
  explicit MeasuredTable(std::string operation)
      : table_{{"operation", std::move(operation)},
               {"gpu", cuda_devices().at(0).name},
               {"capability", cuda_capability(0)},
               {"versions", "LibTorch " TORCH_VERSION},
               {"measurements", nlohmann::ordered_json::array()}} {}

  void add(DType dtype, const std::vector<std::pair<std::string, std::int64_t>>& shape,
           double own_s, double library_s) {
    nlohmann::ordered_json line{{"dtype", name_of(dtype)}};
    for (const auto& [name, value] : shape) line["shape"][name] = value;
    line["own_us"] = own_s * 1e6;
    line["library_us"] = library_s * 1e6;
    table_["measurements"].push_back(std::move(line));
  }

  /// Returns whether it could be written.
  bool write(const std::string& path) const {
    const std::string text = table_.dump(1) + '\n';
    try {
      write_file(path, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
    } catch (const Error&) {
      return false;
    }
    return true;
  }

 private:
  nlohmann::ordered_json table_;
};

}  // namespace latentrt::kernels
