#include <algorithm>
#include <array>
#include <latentrt/pipeline.hpp>
#include <string_view>
#include <utility>

#include "base/fail.hpp"
#include "base/quote.hpp"
#include "device/on_device.hpp"
#include "io/as_float.hpp"
#include "pictures/host_data.hpp"
#include "pipeline/pipeline_state.hpp"

namespace latentrt {
namespace {

using pipeline::TextEncoder;

/// [n,D] fp32 of a tensor [n,D] or [D].
at::Tensor vectors_of(const HostTensor& stored, const std::filesystem::path& file,
                      const std::string& name) {
  const std::string what = fmt::format("{}: tensor {}", file.string(), quote(name));
  if (stored.data.empty() || stored.shape.empty() || stored.shape.size() > 2) {
    fail(Code::invalid_argument, "{} has shape [{}], expected [vectors,width]", what,
         fmt::join(stored.shape, ","));
  }
  const at::Tensor vectors = pipeline::to_tensor(stored, what);
  return vectors.dim() == 1 ? vectors.unsqueeze(0) : vectors;
}

/// The encoder for a file's only tensor, selected by its width.
TextEncoder& encoder_of_width(std::vector<TextEncoder>& encoders, std::int64_t width,
                              const std::filesystem::path& file) {
  const auto found = std::find_if(encoders.begin(), encoders.end(), [&](const TextEncoder& e) {
    return e.config().hidden_size == width;
  });
  if (found == encoders.end()) {
    fail(Code::invalid_argument, "{}: its vectors have {} channels, which no text encoder has",
         file.string(), width);
  }
  return *found;
}

/// Tools use these names for every word, so only the file's name distinguishes words.
bool says_nothing(const std::string& tensor_name) {
  constexpr std::array<std::string_view, 4> kNames{"emb_params", "clip_l", "clip_g", "*"};
  return std::find(kNames.begin(), kNames.end(), tensor_name) != kNames.end();
}

/// The given word, or that of the file, which must be one word.
std::string word_of(const TextualInversion& inversion, const std::string& tensor_name) {
  if (!inversion.token.empty()) return inversion.token;
  const std::string word = says_nothing(tensor_name) ? inversion.file.stem().string() : tensor_name;
  if (word.empty() || word.find_first_of(" \t\n\v\f\r") != std::string::npos) {
    fail(Code::invalid_argument,
         "{}: the name {} is not one word that prompts could have: say which word it is, on the "
         "command line as FILE:WORD",
         inversion.file.string(), quote(word));
  }
  return word;
}

/// One tensor for each of several text encoders, in the order of the encoders; empty if the file
/// has other tensors.
std::vector<std::string> word_tensors(const pipeline::Model& model, const TensorMap& tensors) {
  std::vector<std::string> names;
  for (const pipeline::Component& component : model.components)
    if (component.place.use == pipeline::Use::text_encoder)
      names.push_back(component.place.word_tensor);
  const bool all =
      std::ranges::all_of(names, [&](const std::string& name) { return tensors.contains(name); });
  return all && names.size() == tensors.size() ? names : std::vector<std::string>();
}

void add(pipeline::Model& model, const TextualInversion& inversion, io::Pickles pickles) {
  std::vector<TextEncoder>& encoders = model.text_encoders;
  const TensorMap tensors = io::all_as_float(io::TensorFile::open(inversion.file, pickles));
  if (tensors.size() == 1) {
    const auto& [name, tensor] = *tensors.begin();
    const at::Tensor vectors = vectors_of(tensor, inversion.file, name);
    TextEncoder& encoder = encoder_of_width(encoders, vectors.size(1), inversion.file);
    encoder = encoder.with_token(word_of(inversion, name), vectors);
    return;
  }
  const std::vector<std::string> names = word_tensors(model, tensors);
  if (names.empty()) {
    fail(Code::invalid_argument,
         "{}: holds {} tensors; a word is one tensor, or, for SDXL, clip_l and clip_g",
         inversion.file.string(), tensors.size());
  }
  const std::string word = word_of(inversion, names.front());
  for (std::size_t i = 0; i < names.size(); ++i) {
    encoders[i] =
        encoders[i].with_token(word, vectors_of(tensors.at(names[i]), inversion.file, names[i]));
  }
}

}  // namespace

Pipeline Pipeline::with_textual_inversions(const std::vector<TextualInversion>& inversions) const {
  auto changed = std::make_shared<State>(*state_);
  for (const TextualInversion& inversion : inversions) {
    on_device(*state_->context, inversion.file.string(),
              [&] { add(*changed, inversion, state_->pickles); });
  }
  return Pipeline(std::move(changed));
}

}  // namespace latentrt
