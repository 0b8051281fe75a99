#include "io/torch_file/tensor_places.hpp"

#include <optional>
#include <utility>

#include "base/checked.hpp"
#include "base/fail.hpp"
#include "base/quote.hpp"

namespace latentrt::io {
namespace {

constexpr std::uint64_t kTensorsPerFile = 4, kWindowsPerFile = 64, kSmallFile = 1u << 20;
constexpr std::int64_t kMaxExtent = INT32_MAX;

/// In elements.
struct Extent {
  std::int64_t elements, reach;  ///< reach: from the first one to the end of the last one
};

std::optional<Extent> extent_of(const PickledTensor& tensor) {
  Extent extent{1, 1};
  bool empty = false;
  for (std::size_t d = 0; d < tensor.rank; ++d) {
    const std::int64_t size = tensor.shape[d], stride = tensor.strides[d];
    if (size < 0 || size > kMaxExtent || stride < 0) return std::nullopt;
    empty |= size == 0;
    if (size == 0) continue;
    const auto product = checked_mul(extent.elements, size);
    const auto last = checked_mul(size - 1, stride);
    const auto reach = last ? checked_add(extent.reach, *last) : std::nullopt;
    if (!product || !reach) return std::nullopt;
    extent = {*product, *reach};
  }
  return empty ? Extent{0, 0} : extent;
}

bool is_row_major(const PickledTensor& tensor) {
  std::int64_t expected = 1;
  for (std::size_t d = tensor.rank; d-- > 0;) {
    if (tensor.shape[d] != 1 && tensor.strides[d] != expected) return false;
    expected *= tensor.shape[d];
  }
  return true;
}

class Placing {
 public:
  Placing(const InputFile& file, const Unpacked& unpacked)
      : file_(file), unpacked_(unpacked), next_view_(file.size()) {}

  TensorPlaces read(const StateDict& dict) {
    for (const auto& [name, value] : dict.tensors) add(name, unpacked_.values.tensor(value));
    return std::move(places_);
  }

 private:
  [[noreturn]] void refuse(const std::string& name, std::string_view problem) const {
    fail(Code::bad_file, "{}: tensor {} {}", file_.path().string(), quote(name), problem);
  }

  void add(const std::string& name, const PickledTensor& tensor) {
    TorchTensor& placed = places_.tensors[name];
    placed.type = tensor.type->name;
    placed.shape.assign(tensor.shape, tensor.shape + tensor.rank);
    const auto extent = extent_of(tensor);
    const auto bytes = extent ? bytes_of(extent->elements, tensor) : std::nullopt;
    const auto reach = extent ? bytes_of(extent->reach, tensor) : std::nullopt;
    const auto offset = bytes_of(tensor.offset, tensor);
    if (!bytes || !reach || !offset)
      refuse(name, fmt::format("has shape [{}] and strides [{}], which are not those of a tensor",
                               fmt::join(placed.shape, ","), fmt::join(strides_of(tensor), ",")));
    if (*bytes == 0) return;
    const ByteRange storage = storage_of(name, tensor);
    if (*offset > storage.size() || *reach > storage.size() - *offset) {
      refuse(name, fmt::format("takes bytes {} to {} of a storage of {}", *offset, *offset + *reach,
                               storage.size()));
    }
    spend(name, tensor_bytes_, *bytes, kTensorsPerFile);
    placed.begin = storage.begin + *offset;
    if (!is_row_major(tensor)) add_view(name, tensor, *reach, *bytes, placed);
    placed.end = placed.begin + *bytes;
  }

  static std::vector<std::int64_t> strides_of(const PickledTensor& tensor) {
    return {tensor.strides, tensor.strides + tensor.rank};
  }

  static std::optional<std::uint64_t> bytes_of(std::int64_t elements, const PickledTensor& tensor) {
    const auto bytes = checked_mul(elements, static_cast<std::int64_t>(tensor.type->bytes));
    if (elements < 0 || !bytes) return std::nullopt;
    return static_cast<std::uint64_t>(*bytes);
  }

  ByteRange storage_of(const std::string& name, const PickledTensor& tensor) const {
    const PickledStorage& storage = unpacked_.values.storage(tensor.storage);
    const std::string_view key = unpacked_.values.text(storage.key);
    const auto found = unpacked_.storages.find(key);
    if (found == unpacked_.storages.end())
      refuse(name, fmt::format("is in storage {}, which is missing", quote(key)));
    const auto bytes =
        checked_mul(storage.elements, static_cast<std::int64_t>(storage.type->bytes));
    if (storage.elements < 0 || !bytes ||
        static_cast<std::uint64_t>(*bytes) != found->second.size()) {
      refuse(name,
             fmt::format("is in storage {} of {} elements of {} bytes, which has {} bytes",
                         quote(key), storage.elements, storage.type->bytes, found->second.size()));
    }
    return found->second;
  }

  void add_view(const std::string& name, const PickledTensor& tensor, std::uint64_t reach,
                std::uint64_t bytes, TorchTensor& placed) {
    spend(name, window_bytes_, reach, kWindowsPerFile);
    const std::uint64_t begin = std::exchange(next_view_, next_view_ + bytes);
    places_.views.emplace(begin, StridedView{placed.shape, strides_of(tensor), tensor.type->bytes,
                                             placed.begin, reach});
    placed.begin = begin;
  }

  void spend(const std::string& name, std::uint64_t& spent, std::uint64_t bytes,
             std::uint64_t times_file) const {
    const std::uint64_t limit = times_file * file_.size() + kSmallFile;
    if (bytes > limit || spent > limit - bytes)
      refuse(name, fmt::format("and those before it take {} bytes, too many for a file of {}",
                               spent + bytes, file_.size()));
    spent += bytes;
  }

  const InputFile& file_;
  const Unpacked& unpacked_;
  TensorPlaces places_;
  std::uint64_t next_view_, tensor_bytes_ = 0, window_bytes_ = 0;
};

}  // namespace

TensorPlaces places_of(const InputFile& file, const Unpacked& unpacked, const StateDict& dict) {
  return Placing(file, unpacked).read(dict);
}

}  // namespace latentrt::io
