#include "nn/weights/weights.hpp"

#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <atomic>
#include <set>
#include <utility>

#include "base/cancel.hpp"
#include "base/fail.hpp"
#include "io/as_float.hpp"
#include "nn/program/shapes.hpp"
#include "nn/weights/packed_file.hpp"
#include "nn/weights/stored_check.hpp"

namespace latentrt::nn {
namespace {

bool is_float8(io::Dtype dtype) {
  return dtype == io::Dtype::f8_e4m3 || dtype == io::Dtype::f8_e5m2;
}

/// LibTorch has few operators for 8-bit floats, so they are widened when they are read.
at::Tensor read_float8(const io::StoredTensor& stored, const WeightSpec& spec,
                       at::IntArrayRef shape) {
  at::Tensor tensor = at::empty(shape, at::kFloat);
  float* dst = tensor.data_ptr<float>();
  for (const io::TensorInfo& place : stored.places())
    io::read_as_float(stored.file, spec.name, place,
                      [&](std::span<const float> part) { dst = std::ranges::copy(part, dst).out; });
  return tensor;
}

at::Tensor read_plain(const io::StoredTensor& stored, const WeightSpec& spec,
                      at::IntArrayRef shape) {
  const auto type = weight_type(stored.info.dtype);
  if (!type) {
    fail(Code::unsupported, "{}: tensor \"{}\" is of type {}, which a weight cannot have",
         stored.file.path().string(), spec.name, io::name_of(stored.info.dtype));
  }
  at::Tensor tensor = at::empty(shape, *type);
  stored.read(
      {static_cast<std::byte*>(tensor.data_ptr()), static_cast<std::size_t>(tensor.nbytes())});
  return tensor;
}

at::Tensor read_tensor(const io::StoredTensor& stored, const WeightSpec& spec) {
  const std::vector<std::int64_t>& shape = stored.transposed ? stored.info.shape : spec.shape;
  const at::Tensor tensor = is_float8(stored.info.dtype) ? read_float8(stored, spec, shape)
                                                         : read_plain(stored, spec, shape);
  return stored.transposed ? tensor.t().contiguous() : tensor;
}

/// The parts of a weight, each edited; empty if the edit changes none of them.
std::vector<at::Tensor> edited_parts(const Weight& weight, const at::Tensor& whole,
                                     const WeightEdit& edit) {
  std::vector<at::Tensor> parts;
  bool changed = false;
  std::int64_t begin = 0;
  for (const WeightSpec& spec : weight.parts) {
    const bool all = weight.parts.size() == 1;
    const at::Tensor part = all ? whole : whole.narrow(0, begin, spec.shape[0]);
    parts.push_back(edit(spec, part));
    changed |= !parts.back().is_same(part);
    begin += spec.shape[0];
  }
  if (!changed) parts.clear();
  return parts;
}

/// Weights that every operation that reads them can use as scaled matrices.
void keep_scaled(const Program& program, std::vector<bool>& weights) {
  for (const Node& node : program.nodes()) {
    for (const WeightId weight : node.weights) {
      const auto id = static_cast<std::size_t>(weight);
      weights[id] = weights[id] && ScaledMatrix::fits(node.op, program.weights()[id].shape);
    }
  }
}

/// For each weight, the operation whose kernel or matrix it is, if nothing else reads it.
std::vector<const Op*> sole_readers(const Program& program) {
  std::vector<const Op*> readers(program.weights().size());
  std::vector<int> reads(readers.size());
  for (const Node& node : program.nodes()) {
    for (const WeightId id : node.weights) ++reads[static_cast<std::size_t>(id)];
    if (!node.weights.empty()) readers[static_cast<std::size_t>(node.weights[0])] = &node.op;
  }
  for (std::size_t i = 0; i < readers.size(); ++i)
    if (reads[i] != 1) readers[i] = nullptr;
  return readers;
}

/// The 8-bit format of scaled matrices on this device; none on the CPU, which uses QuantizedWeight.
std::optional<kernels::EightBits> scaled_format(const WeightPlacement& placement) {
  if (placement.dtype == DType::fp8) return kernels::EightBits::e4m3;
  if (placement.dtype == DType::int8 && !placement.device.is_cpu()) return kernels::EightBits::int8;
  return std::nullopt;
}

/// The weights that int8 and fp8 keep in 8 bits here.
std::vector<bool> quantized_weights(const Program& program, const WeightPlacement& placement) {
  std::vector<bool> found(program.weights().size());
  const bool scaled = scaled_format(placement).has_value();
  if (!scaled && placement.dtype != DType::int8) return found;
  for (std::size_t i = 0; i < found.size(); ++i) found[i] = program.weights()[i].quantizable;
  if (scaled) keep_scaled(program, found);
  return found;
}

/// For each weight, whether it is the kernel of a convolution.
std::vector<bool> kernels_of(const Program& program) {
  std::vector<bool> found(program.weights().size());
  for (const Node& node : program.nodes())
    if (std::holds_alternative<Conv2d>(node.op))
      found[static_cast<std::size_t>(node.weights[0])] = true;
  return found;
}

}  // namespace

at::Tensor placed(const at::Tensor& tensor, const WeightPlacement& placement,
                  at::MemoryFormat format) {
  return tensor.to(tensor.options().device(placement.device).dtype(placement.element_type()), false,
                   false, format);
}

at::Tensor PlacedWeight::plain() const {
  if (quantized) return quantized->plain();
  if (scaled) return scaled->plain();
  if (kernel) return kernel->plain();
  return is_packed(tensor) ? unpacked_matrix(tensor) : tensor;
}

std::uint64_t PlacedWeight::bytes() const {
  if (quantized) return quantized->bytes();
  if (scaled) return scaled->bytes();
  return kernel ? kernel->bytes() : tensor.nbytes();
}

WeightPlacer::WeightPlacer(const Program& program, const WeightPlacement& placement)
    : weights_(program.weights()),
      placement_(placement),
      packable_(weights_.size()),
      format_(scaled_format(placement)),
      quantized_(quantized_weights(program, placement)),
      kernels_(kernels_of(program)) {
  if (placement.packed) packable_ = sole_readers(program);
}

PlacedWeight WeightPlacer::operator()(WeightId id, const std::vector<at::Tensor>& parts) const {
  const at::Tensor whole = parts.size() == 1 ? parts.front() : at::cat(parts);
  if (quantizes(id) && format_)
    return {.scaled = std::make_shared<const ScaledMatrix>(whole, *format_, placement_.device)};
  if (quantizes(id)) return {.quantized = std::make_shared<const QuantizedWeight>(whole)};
  const bool is_kernel = kernels_[static_cast<std::size_t>(id)];
  const at::Tensor plain = placed(
      whole, placement_, is_kernel ? placement_.picture_format() : at::MemoryFormat::Contiguous);
  const Op* const reader = packable_[static_cast<std::size_t>(id)];
  if (reader == nullptr) return {.tensor = plain};
  if (const auto* conv = std::get_if<Conv2d>(reader))
    return {.kernel = std::make_shared<const PackedKernel>(*conv, plain)};
  if (std::holds_alternative<Linear>(*reader)) return {.tensor = packed_matrix(plain)};
  return {.tensor = plain};
}

std::vector<PackableWeight> WeightPlacer::packable() const {
  const io::Dtype dtype =
      scalar_type(placement_.dtype) == at::kBFloat16 ? io::Dtype::bf16 : io::Dtype::f32;
  std::vector<PackableWeight> found;
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    const Op* const reader = packable_[i];
    if (reader == nullptr) continue;
    const auto id = static_cast<WeightId>(i);
    if (quantizes(id)) {
      found.push_back({id, PackedForm::quantized, weights_[i].shape, io::Dtype::i8});
    } else if (std::holds_alternative<Conv2d>(*reader)) {
      found.push_back({id, PackedForm::kernel, weights_[i].shape, dtype});
    } else if (std::holds_alternative<Linear>(*reader)) {
      found.push_back({id, PackedForm::matrix, weights_[i].shape, dtype});
    }
  }
  return found;
}

std::uint64_t WeightPlacer::bytes() const {
  const std::uint64_t element = at::elementSize(placement_.element_type());
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    const std::vector<std::int64_t>& shape = weights_[i].shape;
    if (!quantized_[i]) {
      total += static_cast<std::uint64_t>(element_count(shape)) * element;
    } else {
      total += format_ ? ScaledMatrix::bytes_of(shape) : QuantizedWeight::bytes_of(shape);
    }
  }
  return total;
}

std::uint64_t new_epoch() {
  static std::atomic<std::uint64_t> counter{0};
  return ++counter;
}

BoundWeights::BoundWeights(std::vector<PlacedWeight> weights, WeightPlacement placement,
                           std::uint64_t epoch)
    : weights_(std::move(weights)), placement_(placement), epoch_(epoch) {}

std::uint64_t BoundWeights::bytes() const {
  std::uint64_t total = 0;
  for (const PlacedWeight& weight : weights_) total += weight.bytes();
  return total;
}

BoundWeights joined(const BoundWeights& first, const BoundWeights& second) {
  const WeightPlacement &of_first = first.placement(), &of_second = second.placement();
  if (of_first != of_second)
    fail(Code::invalid_argument,
         "weights on {} in {} and on {} in {} cannot be joined: load both networks in the same way",
         of_first.device.str(), name_of(of_first.dtype), of_second.device.str(),
         name_of(of_second.dtype));
  std::vector<PlacedWeight> weights;
  weights.reserve(first.size() + second.size());
  for (const BoundWeights* const part : {&first, &second})
    for (std::size_t i = 0; i < part->size(); ++i)
      weights.push_back(part->placed(static_cast<WeightId>(i)));
  return {std::move(weights), of_first};
}

BoundWeights bind_weights(const Program& program, const io::WeightMap& stored,
                          const WeightPlacement& placement, std::string_view component,
                          const WeightEdit& edit, const PackedFile* packed) {
  check_stored(program.weights(), stored, component);
  const WeightPlacer place(program, placement);
  std::vector<PlacedWeight> weights;
  weights.reserve(program.weights().size());
  const CancelCheck check_cancel;
  for (const Weight& weight : program.weights()) {
    check_cancel();
    const auto id = static_cast<WeightId>(weights.size());
    if (auto found = packed ? packed->find(id) : std::nullopt) {
      weights.push_back(*std::move(found));
      continue;
    }
    std::vector<at::Tensor> parts;
    for (const WeightSpec& spec : weight.parts) {
      const at::Tensor tensor = read_tensor(*stored.find(spec.name), spec);
      parts.push_back(edit ? edit(spec, tensor) : tensor);
    }
    weights.push_back(place(id, parts));
  }
  return {std::move(weights), placement};
}

BoundWeights edited(const Program& program, const BoundWeights& weights, const WeightEdit& edit) {
  const WeightPlacer place(program, weights.placement());
  std::vector<PlacedWeight> result;
  result.reserve(program.weights().size());
  const CancelCheck check_cancel;
  for (const Weight& weight : program.weights()) {
    check_cancel();
    const auto id = static_cast<WeightId>(result.size());
    const auto parts = edited_parts(weight, weights.placed(id).plain(), edit);
    result.push_back(parts.empty() ? weights.placed(id) : place(id, parts));
  }
  return {std::move(result), weights.placement()};
}

BoundWeights check_weights(const Program& program, const io::WeightMap& stored,
                           const WeightPlacement& placement, std::string_view component) {
  check_stored(program.weights(), stored, component);
  return {{}, placement};
}

void refuse_unread_weights(std::span<const Program* const> programs, const io::WeightMap& stored,
                           std::span<const std::string> ignored, std::string_view component) {
  std::set<std::string_view> read;
  for (const Program* program : programs) {
    for (const WeightSpec& spec : stored_tensors(program->weights())) read.insert(spec.name);
  }
  std::vector<std::string> unread;
  for (const auto& [name, tensor] : stored.tensors()) {
    const bool ignorable =
        std::any_of(ignored.begin(), ignored.end(),
                    [&](const std::string& prefix) { return name.starts_with(prefix); });
    if (!ignorable && !read.contains(name)) unread.push_back(name);
  }
  if (!unread.empty()) {
    fail(Code::invalid_argument,
         "{}: {} holds {} tensors that the configuration has no place for: {}", component,
         stored.path().string(), unread.size(), shown_names(unread));
  }
}

}  // namespace latentrt::nn
