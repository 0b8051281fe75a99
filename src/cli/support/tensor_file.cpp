#include "cli/support/tensor_file.hpp"

#include <fmt/format.h>

#include <latentrt/error.hpp>
#include <utility>

namespace latentrt::cli {

HostTensor take_tensor(TensorMap& tensors, const std::string& key, const std::string& file) {
  const auto found = tensors.find(key);
  if (found != tensors.end()) return std::move(found->second);
  throw Error(Code::invalid_argument, fmt::format("{}: tensor \"{}\" is missing", file, key));
}

HostTensor read_tensor(const std::string& file, const std::string& key) {
  TensorMap tensors = read_tensors(file);
  return take_tensor(tensors, key, file);
}

}  // namespace latentrt::cli
