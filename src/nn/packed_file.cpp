#include "nn/packed_file.hpp"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <fmt/ranges.h>
#include <torch/headeronly/version.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "base/atomic_file.hpp"
#include "base/cancel.hpp"
#include "base/fail.hpp"
#include "base/fnv.hpp"
#include "base/input_file.hpp"
#include "nn/scalar_type.hpp"

namespace latentrt::nn {
namespace {

using nlohmann::json;

constexpr std::array<char, 8> kMagic{'L', 'R', 'T', 'P', 'A', 'C', 'K', '1'};
constexpr std::uint64_t kAlignment = 64, kMostIndexBytes = std::uint64_t{1} << 28;

struct Header {
  std::array<char, 8> magic = kMagic;
  std::uint64_t index_bytes = 0;
  std::uint64_t index_hash = 0;
  std::uint64_t data_bytes = 0;
};

std::uint64_t aligned(std::uint64_t offset) {
  return (offset + kAlignment - 1) / kAlignment * kAlignment;
}
std::uint64_t data_begin(const Header& header) {
  return aligned(sizeof header + header.index_bytes);
}

/// What the compiler cannot know of the processor.
std::string read_processor() {
  std::ifstream file("/proc/cpuinfo");
  std::string text, line;
  while (std::getline(file, line) && !line.empty()) {
    if (line.starts_with("model") || line.starts_with("flags") || line.starts_with("stepping"))
      text += line;
  }
  return fmt::format("{:016x}", fnv1a(text));
}
const std::string& processor() {
  static const std::string once = read_processor();
  return once;
}

/// Layouts that oneDNN chooses here and now, which also follow from its own settings.
std::string probes(DType dtype) {
  const at::ScalarType type = scalar_type(dtype);
  const at::Tensor matrix = packed_matrix(at::zeros({64, 64}, type));
  const PackedKernel kernel({}, at::zeros({64, 64, 3, 3}, type));
  kernel.convolve(at::zeros({2, 64, 8, 8}, type), {}, {});
  return fmt::format("{:016x}{:016x}", fnv1a(packed_bytes(matrix).descriptor),
                     fnv1a(packed_bytes(kernel.layouts().kernels[0]).descriptor));
}

std::string described(const Node& node) {
  if (const auto* conv = std::get_if<Conv2d>(&node.op))
    return fmt::format("conv {} {} {} {}", conv->stride, conv->pad_begin, conv->pad_end,
                       conv->kernel);
  return std::string(name_of(node.op));
}

json to_json(const PackedBytes& bytes, std::uint64_t offset) {
  return {{"shape", bytes.shape},
          {"dtype", bytes.dtype},
          {"descriptor", json::binary({bytes.descriptor.begin(), bytes.descriptor.end()})},
          {"offset", offset},
          {"bytes", bytes.data.size()}};
}

/// What is packed of a weight; nothing of plain ones.
PackedKernel::Layouts layouts_of(const PlacedWeight& weight) {
  if (weight.kernel) return weight.kernel->layouts();
  PackedKernel::Layouts layouts;
  if (weight.quantized) {
    layouts.kernels.push_back(weight.quantized->packed());
  } else if (weight.tensor.defined() && is_packed(weight.tensor)) {
    layouts.kernels.push_back(weight.tensor);
  }
  return layouts;
}

std::size_t count_of(const PackedKernel::Layouts& layouts) {
  return layouts.kernels.size() + layouts.inputs.size() + (layouts.winograd.defined() ? 1 : 0);
}

std::span<const std::uint8_t> bytes_of(const at::Tensor& tensor) {
  return {static_cast<const std::uint8_t*>(tensor.const_data_ptr()), tensor.nbytes()};
}

at::Tensor floats_of(const std::vector<std::uint8_t>& bytes) {
  at::Tensor floats =
      at::empty({static_cast<std::int64_t>(bytes.size() / sizeof(float))}, at::kFloat);
  std::ranges::copy(bytes, static_cast<std::uint8_t*>(floats.data_ptr()));
  return floats;
}

/// The file's index, and where its data is now.
struct Contents {
  json weights = json::array();
  std::vector<std::span<const std::byte>> data;
  std::uint64_t end = 0;

  void add(WeightId id, const PlacedWeight& weight, const PackedKernel::Layouts& layouts) {
    json stored{{"id", id}, {"layouts", json::array()}, {"inputs", json::array()}};
    if (weight.quantized) {
      const auto scales = bytes_of(weight.quantized->scales());
      stored["shape"] = weight.quantized->shape();
      stored["scales"] = json::binary({scales.begin(), scales.end()});
    }
    for (const at::Tensor& layout : layouts.kernels) stored["layouts"].push_back(added(layout));
    if (layouts.winograd.defined()) stored["winograd"] = added(layouts.winograd);
    if (layouts.plain.defined()) stored["plain"] = added(layouts.plain);
    for (const PackedKernel::Known& known : layouts.inputs)
      stored["inputs"].push_back({known.input, known.layout});
    weights.push_back(std::move(stored));
  }

 private:
  json added(const at::Tensor& tensor) {
    const PackedBytes bytes = packed_bytes(tensor);
    const std::uint64_t offset = std::exchange(end, aligned(end + bytes.data.size()));
    data.push_back(bytes.data);
    return to_json(bytes, offset);
  }
};

at::Tensor tensor_of(const json& stored, std::span<std::byte> data) {
  const auto& descriptor = stored.at("descriptor").get_binary();
  return packed_over({.shape = stored.at("shape"),
                      .dtype = stored.at("dtype"),
                      .descriptor = {descriptor.begin(), descriptor.end()},
                      .data = data.subspan(stored.at("offset"), stored.at("bytes"))});
}

std::span<const std::byte> padding(std::uint64_t bytes) {
  static constexpr std::array<std::byte, kAlignment> kZeros{};
  return std::span(kZeros).first(aligned(bytes) - bytes);
}

}  // namespace

std::string packing_key(const Program& program, const WeightPlacement& placement) {
  std::string readers;
  for (const Node& node : program.nodes()) {
    if (!node.weights.empty())
      readers +=
          fmt::format("{}: {} {}\n", node.name, described(node), fmt::join(node.weights, " "));
  }
  return fmt::format("latentrt {} torch {} {} {} threads {} cpu {} layouts {} network {:016x}",
                     LATENTRT_VERSION, TORCH_VERSION, name_of(placement.dtype),
                     placement.channels_last, at::get_num_threads(), processor(),
                     probes(placement.dtype), fnv1a(readers));
}

PackedFile::PackedFile(const std::filesystem::path& path, const std::string& key) {
  try {
    read(path, key);
  } catch (const Error&) {
    weights_.clear();
  } catch (const json::exception&) {
    weights_.clear();
  }
}

void PackedFile::read(const std::filesystem::path& path, const std::string& key) {
  const InputFile file(path);
  Header header;
  file.read(0, std::as_writable_bytes(std::span(&header, 1)));
  if (header.magic != kMagic || header.index_bytes > kMostIndexBytes ||
      header.data_bytes > file.size() || file.size() != data_begin(header) + header.data_bytes)
    return;
  std::vector<std::uint8_t> text(header.index_bytes);
  file.read(sizeof header, std::as_writable_bytes(std::span(text)));
  if (fnv1a(text) != header.index_hash) return;
  const json index = json::from_cbor(text);
  if (index.at("key") != key) return;
  memory_ = at::empty({static_cast<std::int64_t>(header.data_bytes)}, at::kByte);
  const std::span data(static_cast<std::byte*>(memory_.data_ptr()), header.data_bytes);
  file.read(data_begin(header), data);
  for (const json& stored : index.at("weights")) {
    Stored weight{.id = stored.at("id"), .layouts = {}, .quantized = nullptr};
    PackedKernel::Layouts& layouts = weight.layouts;
    for (const json& layout : stored.at("layouts"))
      layouts.kernels.push_back(tensor_of(layout, data));
    for (const json& known : stored.at("inputs")) layouts.inputs.push_back({known[0], known[1]});
    if (stored.contains("winograd")) layouts.winograd = tensor_of(stored.at("winograd"), data);
    if (stored.contains("plain")) layouts.plain = tensor_of(stored.at("plain"), data);
    if (stored.contains("scales")) {
      weight.quantized = std::make_shared<const QuantizedWeight>(
          stored.at("shape"), floats_of(stored.at("scales").get_binary()), layouts.kernels.at(0));
    }
    weights_.push_back(std::move(weight));
  }
}

std::optional<PlacedWeight> PackedFile::find(WeightId id, const Op& reader) const {
  const auto found = std::ranges::find(weights_, id, &Stored::id);
  if (found == weights_.end()) return std::nullopt;
  if (found->quantized) return PlacedWeight{.quantized = found->quantized, .memory = memory_};
  if (const auto* conv = std::get_if<Conv2d>(&reader))
    return PlacedWeight{.kernel = std::make_shared<const PackedKernel>(*conv, found->layouts),
                        .memory = memory_};
  return PlacedWeight{.tensor = found->layouts.kernels.front(), .memory = memory_};
}

std::size_t PackedFile::layouts() const {
  std::size_t count = 0;
  for (const Stored& weight : weights_) count += count_of(weight.layouts);
  return count;
}

std::size_t packed_layouts(const BoundWeights& weights) {
  std::size_t count = 0;
  for (std::size_t id = 0; id < weights.size(); ++id) {
    count += count_of(layouts_of(weights.placed(static_cast<WeightId>(id))));
  }
  return count;
}

void write_packed(const std::filesystem::path& path, const std::string& key,
                  const BoundWeights& weights) {
  Contents contents;
  std::vector<PackedKernel::Layouts> alive;  // of what the contents point into
  for (std::size_t id = 0; id < weights.size(); ++id) {
    alive.push_back(layouts_of(weights.placed(static_cast<WeightId>(id))));
    if (count_of(alive.back()) > 0)
      contents.add(static_cast<WeightId>(id), weights.placed(static_cast<WeightId>(id)),
                   alive.back());
  }
  const std::vector<std::uint8_t> index =
      json::to_cbor({{"key", key}, {"weights", std::move(contents.weights)}});
  const Header header{
      .index_bytes = index.size(), .index_hash = fnv1a(index), .data_bytes = contents.end};
  AtomicFile file(path);
  file.write(std::as_bytes(std::span(&header, 1)));
  file.write(std::as_bytes(std::span(index)));
  file.write(padding(sizeof header + index.size()));
  const CancelCheck check_cancel;
  for (const std::span<const std::byte> data : contents.data) {
    check_cancel();
    file.write(data);
    file.write(padding(data.size()));
  }
  file.commit();
}

}  // namespace latentrt::nn
