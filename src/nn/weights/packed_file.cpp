#include "nn/weights/packed_file.hpp"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <fmt/ranges.h>
#include <torch/headeronly/version.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <fstream>
#include <memory>
#include <span>
#include <utility>

#include "base/atomic_file.hpp"
#include "base/cancel.hpp"
#include "base/fail.hpp"
#include "base/fnv.hpp"
#include "base/input_file.hpp"
#include "nn/in_parallel.hpp"
#include "nn/weights/scalar_type.hpp"

namespace latentrt::nn {
namespace {

constexpr std::array<char, 8> kMagic{'L', 'R', 'T', 'P', 'A', 'C', 'K', '2'};
constexpr std::uint64_t kAlignment = kPackedAlignment, kMostIndexBytes = std::uint64_t{64} << 20;
/// small enough to stay in a cache between reading and hashing
constexpr std::size_t kPartBytes = std::size_t{1} << 20;

struct Header {
  std::array<char, 8> magic = kMagic;
  std::uint64_t index_bytes = 0;
  ContentHash index_hash;
  std::uint64_t data_bytes = 0;
};

std::uint64_t aligned(std::uint64_t offset) {
  return (offset + kAlignment - 1) / kAlignment * kAlignment;
}
std::uint64_t data_begin(const Header& header) {
  return aligned(sizeof header + header.index_bytes);
}

/// Properties of the processor that are not known at compile time.
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

/// Layouts that oneDNN chooses on this machine, which also depend on its settings.
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

/// The packed parts of a weight; empty for plain ones.
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

io::Dtype stored_dtype(at::ScalarType type) {
  if (type == at::kFloat) return io::Dtype::f32;
  if (type == at::kBFloat16) return io::Dtype::bf16;
  if (type == at::kChar) return io::Dtype::i8;
  fail(Code::internal, "packed weights of type {} cannot be stored", at::toString(type));
}

at::ScalarType type_of(io::Dtype dtype) {
  if (dtype == io::Dtype::i8) return at::kChar;
  if (const auto type = weight_type(dtype)) return *type;
  fail(Code::bad_file, "packed weights of type {}", io::name_of(dtype));
}

/// The file's index, and the current location of its data.
struct Contents {
  PackedIndex index;
  std::vector<std::span<const std::byte>> data{};
  std::uint64_t end = 0;

  void add(WeightId id, const PlacedWeight& weight, const PackedKernel::Layouts& layouts) {
    StoredWeight stored{.id = id};
    for (const at::Tensor& layout : layouts.kernels) stored.layouts.push_back(added(layout));
    for (const PackedKernel::Known& known : layouts.inputs)
      stored.inputs.push_back({known.input, known.layout});
    if (layouts.winograd.defined()) stored.winograd = added(layouts.winograd);
    if (layouts.plain.defined()) stored.plain = added(layouts.plain);
    if (weight.quantized) stored.scales = added(weight.quantized->scales());
    index.weights.push_back(std::move(stored));
  }

 private:
  StoredLayout added(const at::Tensor& tensor) {
    const PackedBytes bytes = packed_bytes(tensor);
    const std::uint64_t offset = std::exchange(end, aligned(end + bytes.data.size()));
    data.push_back(bytes.data);
    return {.shape = bytes.shape,
            .dtype = stored_dtype(bytes.dtype),
            .descriptor = bytes.descriptor,
            .offset = offset,
            .bytes = bytes.data.size(),
            .hash = content_hash(bytes.data)};
  }
};

std::span<const std::byte> padding(std::uint64_t bytes) {
  static constexpr std::array<std::byte, kAlignment> kZeros{};
  return std::span(kZeros).first(aligned(bytes) - bytes);
}

/// The index, if the file is complete, belongs to this user, and has the key.
PackedIndex read_index(const InputFile& file, const Header& header, const std::string& key,
                       const std::vector<PackableWeight>& packable) {
  const bool whole = header.magic == kMagic && header.index_bytes <= kMostIndexBytes &&
                     header.data_bytes <= file.size() &&
                     file.size() == data_begin(header) + header.data_bytes;
  if (!whole) fail(Code::bad_file, "{}: not a whole file of packed weights", file.path().string());
  std::string text(header.index_bytes, '\0');
  file.read(sizeof header, std::as_writable_bytes(std::span(text)));
  if (content_hash(text) != header.index_hash)
    fail(Code::bad_file, "{}: the index is damaged", file.path().string());
  PackedIndex index = read_packed_index(text, header.data_bytes, packable);
  if (index.key != key) fail(Code::bad_file, "{}: of other weights", file.path().string());
  return index;
}

std::vector<const StoredLayout*> layouts_in(const PackedIndex& index) {
  std::vector<const StoredLayout*> layouts;
  for (const StoredWeight& weight : index.weights) {
    for (const StoredLayout& layout : weight.layouts) layouts.push_back(&layout);
    for (const auto* layout : {&weight.winograd, &weight.plain, &weight.scales})
      if (*layout) layouts.push_back(&**layout);
  }
  return layouts;
}

/// Reads a tensor in parts, each of which is hashed while it is in a cache.
void read_checked(const InputFile& file, std::uint64_t begin, const StoredLayout& layout,
                  std::span<std::byte> dst) {
  ContentHasher hasher;
  for (std::size_t done = 0; done < dst.size();) {
    const std::span part = dst.subspan(done, std::min(kPartBytes, dst.size() - done));
    file.read(begin + layout.offset + done, part);
    hasher.add(part);
    done += part.size();
  }
  if (hasher.hash() != layout.hash)
    fail(Code::bad_file, "{}: a packed tensor is damaged", file.path().string());
}

/// Reads all tensors, on all threads; sizes differ, so each thread takes the next tensor.
void read_all(const InputFile& file, std::uint64_t begin, const PackedIndex& index,
              std::span<std::byte> data) {
  const std::vector<const StoredLayout*> layouts = layouts_in(index);
  std::atomic<std::size_t> next = 0;
  in_parallel(at::get_num_threads(), [&](std::int64_t, std::int64_t) {
    for (std::size_t i = next++; i < layouts.size(); i = next++)
      read_checked(file, begin, *layouts[i], data.subspan(layouts[i]->offset, layouts[i]->bytes));
  });
}

at::Tensor tensor_of(const StoredLayout& layout, std::span<std::byte> data) {
  return packed_over({.shape = layout.shape,
                      .dtype = type_of(layout.dtype),
                      .descriptor = layout.descriptor,
                      .data = data.subspan(layout.offset, layout.bytes)});
}

PackedKernel::Layouts layouts_of(const StoredWeight& stored, std::span<std::byte> data) {
  PackedKernel::Layouts layouts;
  for (const StoredLayout& layout : stored.layouts)
    layouts.kernels.push_back(tensor_of(layout, data));
  for (const StoredInput& input : stored.inputs)
    layouts.inputs.push_back({input.size, input.layout});
  if (stored.winograd) layouts.winograd = tensor_of(*stored.winograd, data);
  if (stored.plain) layouts.plain = tensor_of(*stored.plain, data);
  return layouts;
}

/// The operation that reads each weight, if it is the only one.
const Op& reader_of(const Program& program, WeightId id) {
  const auto reads = [&](const Node& node) {
    return !node.weights.empty() && node.weights[0] == id;
  };
  return std::ranges::find_if(program.nodes(), reads)->op;
}

PlacedWeight placed_weight(const StoredWeight& stored, const Program& program,
                           std::span<std::byte> data, const at::Tensor& memory) {
  const PackedKernel::Layouts layouts = layouts_of(stored, data);
  if (stored.scales) {
    const Weight& weight = program.weights()[static_cast<std::size_t>(stored.id)];
    return {.quantized = std::make_shared<const QuantizedWeight>(
                weight.shape, tensor_of(*stored.scales, data), layouts.kernels.front()),
            .memory = memory};
  }
  if (const auto* conv = std::get_if<Conv2d>(&reader_of(program, stored.id)))
    return {.kernel = std::make_shared<const PackedKernel>(*conv, layouts), .memory = memory};
  return {.tensor = layouts.kernels.front(), .memory = memory};
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

PackedFile::PackedFile(const std::filesystem::path& path, const std::string& key,
                       const Program& program, const WeightPlacement& placement) {
  try {
    read(path, key, program, placement);
  } catch (const std::exception&) {  // whatever is wrong with it, packing again is correct
    weights_.clear();
    memory_.reset();
    layouts_ = 0;
  }
}

void PackedFile::read(const std::filesystem::path& path, const std::string& key,
                      const Program& program, const WeightPlacement& placement) {
  const InputFile file(path);
  if (!file.only_its_owner_writes())
    fail(Code::unsafe_file, "{}: another user could have written it", path.string());
  Header header;
  file.read(0, std::as_writable_bytes(std::span(&header, 1)));
  const std::vector<PackableWeight> packable = WeightPlacer(program, placement).packable();
  const PackedIndex index = read_index(file, header, key, packable);
  memory_ = at::empty({static_cast<std::int64_t>(header.data_bytes)}, at::kByte);
  const std::span data(static_cast<std::byte*>(memory_.data_ptr()), header.data_bytes);
  read_all(file, data_begin(header), index, data);
  for (const StoredWeight& stored : index.weights) {
    PlacedWeight weight = placed_weight(stored, program, data, memory_);
    layouts_ += count_of(layouts_of(weight));
    weights_.emplace(stored.id, std::move(weight));
  }
}

std::optional<PlacedWeight> PackedFile::find(WeightId id) const {
  const auto found = weights_.find(id);
  if (found == weights_.end()) return std::nullopt;
  return found->second;
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
  constexpr mode_t kMode = 0644;
  Contents contents{.index = {.key = key, .weights = {}}};
  std::vector<PackedKernel::Layouts> alive;  // `contents` points into these
  for (std::size_t id = 0; id < weights.size(); ++id) {
    alive.push_back(layouts_of(weights.placed(static_cast<WeightId>(id))));
    if (count_of(alive.back()) > 0)
      contents.add(static_cast<WeightId>(id), weights.placed(static_cast<WeightId>(id)),
                   alive.back());
  }
  const std::string index = to_text(contents.index);
  const Header header{
      .index_bytes = index.size(), .index_hash = content_hash(index), .data_bytes = contents.end};
  AtomicFile file(path, kMode);
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
