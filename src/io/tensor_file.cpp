#include "io/tensor_file.hpp"

#include "base/fail.hpp"
#include "base/input_file.hpp"
#include "io/safetensors/safetensors.hpp"
#include "io/torch_file/torch_file.hpp"

namespace latentrt::io {
namespace {

/// A checkpoint of PyTorch in the terms of this folder.
class TorchContent final : public TensorFile::Content {
 public:
  explicit TorchContent(const std::filesystem::path& path) : file_(path) {
    for (const auto& [name, tensor] : file_.tensors()) {
      tensors_.emplace(
          name, TensorInfo{dtype_from_name(tensor.type), tensor.shape, tensor.begin, tensor.end});
    }
  }

  const std::filesystem::path& path() const noexcept override { return file_.path(); }
  const TensorFile::Tensors& tensors() const noexcept override { return tensors_; }
  const TensorFile::Texts& metadata() const override { return no_metadata_; }
  const TensorFile::Texts& others() const noexcept override { return file_.others(); }
  void read(std::uint64_t begin, std::span<std::byte> dst) const override {
    file_.read(begin, dst);
  }

 private:
  TorchFile file_;
  TensorFile::Tensors tensors_;
  TensorFile::Texts no_metadata_;
};

}  // namespace

TensorFile TensorFile::open(const std::filesystem::path& path, Pickles pickles) {
  if (!is_torch_file(InputFile(path))) return open_safetensors(path);
  if (pickles == Pickles::refused) {
    fail(Code::unsafe_file,
         "{}: a PyTorch checkpoint, which is a pickle, and pickles are refused here; convert it to "
         "safetensors (latentrt convert), or allow them",
         path.string());
  }
  return TensorFile(std::make_shared<const TorchContent>(path));
}

void TensorFile::read(const TensorInfo& info, std::span<std::byte> dst) const {
  if (dst.size() != info.bytes()) {
    fail(Code::internal, "{}: a tensor of {} bytes was read into {}", path().string(), info.bytes(),
         dst.size());
  }
  content_->read(info.begin, dst);
}

}  // namespace latentrt::io
