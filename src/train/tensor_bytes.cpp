#include "train/tensor_bytes.hpp"

#include <ATen/ops/empty.h>

#include <span>

#include "base/fail.hpp"
#include "base/quote.hpp"
#include "io/safetensors/safetensors_start.hpp"

namespace latentrt::train {
namespace {

io::Dtype dtype_of(const at::Tensor& tensor) {
  switch (tensor.scalar_type()) {
    case at::kHalf:
      return io::Dtype::f16;
    case at::kBFloat16:
      return io::Dtype::bf16;
    default:
      return io::Dtype::f32;
  }
}

at::Tensor read_one(const io::TensorFile& file, const std::string& name, const at::Tensor& like) {
  const auto found = file.tensors().find(name);
  if (found == file.tensors().end())
    fail(Code::invalid_argument, "{}: has no tensor {}", file.path().string(), quote(name));
  const io::TensorInfo& info = found->second;
  if (info.dtype != io::Dtype::f32 || at::IntArrayRef(info.shape) != like.sizes())
    fail(Code::invalid_argument, "{}: tensor {} is {} [{}], the model's is F32 [{}]",
         file.path().string(), quote(name), io::name_of(info.dtype), fmt::join(info.shape, ","),
         fmt::join(like.sizes(), ","));
  const at::Tensor tensor = at::empty(like.sizes(), at::kFloat);
  auto* const data = tensor.mutable_data_ptr<float>();
  file.read(info,
            std::as_writable_bytes(std::span(data, static_cast<std::size_t>(tensor.numel()))));
  return tensor;
}

}  // namespace

std::vector<std::uint8_t> encode_tensors(const nn::NamedTensors& tensors,
                                         const std::map<std::string, std::string>& metadata) {
  std::vector<io::WrittenTensor> written;
  for (const auto& [name, tensor] : tensors)
    written.push_back({name, dtype_of(tensor), tensor.sizes().vec(), tensor.nbytes()});
  const std::string start = io::safetensors_start(written, metadata);
  std::vector<std::uint8_t> file(start.begin(), start.end());
  for (const auto& [name, tensor] : tensors) {
    const at::Tensor host = tensor.detach().to(at::kCPU).contiguous();
    const auto* const bytes = static_cast<const std::uint8_t*>(host.const_data_ptr());
    file.insert(file.end(), bytes, bytes + host.nbytes());
  }
  return file;
}

nn::NamedTensors read_like(const io::TensorFile& file, const nn::NamedTensors& like) {
  nn::NamedTensors tensors;
  for (const auto& [name, tensor] : like) tensors[name] = read_one(file, name, tensor);
  return tensors;
}

}  // namespace latentrt::train
