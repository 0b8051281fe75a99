#include "train/model_files.hpp"

#include <ATen/ops/isfinite.h>

#include <array>
#include <latentrt/output_files.hpp>
#include <system_error>

#include "base/fail.hpp"
#include "io/json.hpp"
#include "io/names/llada_names.hpp"
#include "nn/weights/scalar_type.hpp"
#include "train/tensor_bytes.hpp"

namespace latentrt::train {
namespace {

namespace fs = std::filesystem;

constexpr const char* kConfig = "config.json";
constexpr std::array<const char*, 3> kOthers{"generation_config.json", "tokenizer.json",
                                             "tokenizer_config.json"};

std::vector<std::uint8_t> bytes_of(const fs::path& file) {
  constexpr std::size_t kMost = 64u << 20;
  const std::string text = io::read_text_file(file, kMost);
  return {text.begin(), text.end()};
}

/// Returns the parameters in `dtype`, under the names of LLaDA's files.
nn::NamedTensors stored(const nn::Parameters& parameters, DType dtype) {
  nn::NamedTensors tensors;
  for (const std::string& name : parameters.names()) {
    const at::Tensor tensor = parameters[name].detach().to(nn::scalar_type(dtype));
    if (!at::isfinite(tensor).all().item<bool>())
      fail(Code::non_finite, "the weight {} is not a number in {}", name, name_of(dtype));
    tensors[io::stored_llada_key(name)] = tensor;
  }
  return tensors;
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error)
    fail(Code::invalid_argument, "cannot create the folder {}: {}", folder.string(),
         error.message());
}

}  // namespace

void write_model(const nn::Parameters& parameters, const fs::path& described,
                 const fs::path& directory, DType dtype) {
  if (dtype != DType::fp32 && dtype != DType::bf16 && dtype != DType::fp16)
    fail(Code::invalid_argument, "weights are written in fp32, bf16 or fp16, not in {}",
         name_of(dtype));
  const auto config = bytes_of(described / kConfig);
  make_folder(directory);
  OutputFiles files;
  files.write(directory / kConfig, config);
  for (const char* name : kOthers) {
    std::error_code ignored;
    if (fs::exists(described / name, ignored))
      files.write(directory / name, bytes_of(described / name));
  }
  files.write(directory / "model.safetensors",
              encode_tensors(stored(parameters, dtype), {{"format", "pt"}}));
  files.commit();
}

}  // namespace latentrt::train
