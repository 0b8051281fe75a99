#include "train/checkpoint.hpp"

#include <fmt/format.h>

#include <charconv>
#include <latentrt/output_files.hpp>

#include "base/fail.hpp"
#include "base/quote.hpp"
#include "io/safetensors/safetensors.hpp"
#include "train/tensor_bytes.hpp"

namespace latentrt::train {
namespace {

constexpr const char* kFormat = "latentrt training 1";

const std::string& text_of(const io::TensorFile& file, const char* key) {
  const auto found = file.metadata().find(key);
  if (found == file.metadata().end())
    fail(Code::bad_file, "{} is not a checkpoint of a training: it has no \"{}\"",
         file.path().string(), key);
  return found->second;
}

std::uint64_t number_of(const io::TensorFile& file, const char* key) {
  const std::string& text = text_of(file, key);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size())
    fail(Code::bad_file, "{}: {} is {}, expected a whole number", file.path().string(), key,
         quote(text));
  return number;
}

}  // namespace

void write_checkpoint(const std::filesystem::path& file, const Checkpoint& checkpoint) {
  write_file(file, encode_tensors(checkpoint.tensors,
                                  {{"format", kFormat},
                                   {"task", checkpoint.task},
                                   {"updates", fmt::format("{}", checkpoint.updates)},
                                   {"examples", fmt::format("{}", checkpoint.examples)},
                                   {"seed", fmt::format("{}", checkpoint.seed)}}));
}

Checkpoint read_checkpoint(const std::filesystem::path& path, const nn::NamedTensors& like,
                           const std::string& task) {
  const io::TensorFile file = io::open_safetensors(path);
  if (text_of(file, "format") != kFormat)
    fail(Code::bad_file, "{} is a checkpoint of the format {}, expected {}", path.string(),
         quote(text_of(file, "format")), quote(kFormat));
  if (text_of(file, "task") != task)
    fail(Code::invalid_argument, "{} is a checkpoint of the task {}, not of {}", path.string(),
         quote(text_of(file, "task")), quote(task));
  return {.tensors = read_like(file, like),
          .updates = number_of(file, "updates"),
          .examples = number_of(file, "examples"),
          .seed = number_of(file, "seed"),
          .task = task};
}

}  // namespace latentrt::train
