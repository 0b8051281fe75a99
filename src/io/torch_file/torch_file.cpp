#include "io/torch_file/torch_file.hpp"

#include <algorithm>
#include <mutex>

#include "base/fail.hpp"
#include "base/quote.hpp"
#include "io/torch_file/containers.hpp"
#include "io/torch_file/state_dict.hpp"
#include "io/torch_file/tensor_places.hpp"

namespace latentrt::io {
namespace {

using Window = std::shared_ptr<const std::vector<std::byte>>;

std::string head_of(const InputFile& file) {
  constexpr std::uint64_t kHead = 64;
  std::string head(static_cast<std::size_t>(std::min(kHead, file.size())), '\0');
  file.read(0, std::as_writable_bytes(std::span(head)));
  return head;
}

/// The compression method is at byte 8, where a safetensors header of 67 MB has its brace.
bool begins_like_zip(std::string_view head) {
  constexpr std::size_t kMethod = 8;
  return head.starts_with("PK\x03\x04") && (head.size() <= kMethod || head[kMethod] != '{');
}

Unpacked unpack(const InputFile& file) {
  return begins_like_zip(head_of(file)) ? unpack_zip(file) : unpack_legacy(file);
}

}  // namespace

struct TorchFile::State {
  explicit State(const std::filesystem::path& path) : file(path) {}

  /// The bytes from the view's first element to its last.
  Window window_of(const StridedView& view) const {
    const std::scoped_lock lock(mutex);
    if (kept_view == &view) return kept;
    auto bytes = std::make_shared<std::vector<std::byte>>(static_cast<std::size_t>(view.window));
    file.read(view.begin, *bytes);
    kept_view = &view;
    kept = std::move(bytes);
    return kept;
  }

  InputFile file;
  TensorPlaces places;
  std::map<std::string, std::string> others;
  mutable std::mutex mutex;
  mutable const StridedView* kept_view = nullptr;  // whose window is kept
  mutable Window kept;
};

bool is_torch_file(const InputFile& file) {
  const std::string head = head_of(file);
  return begins_like_zip(head) || begins_like_legacy(head);
}

TorchFile::TorchFile(const std::filesystem::path& path) : state_(std::make_unique<State>(path)) {
  const Unpacked unpacked = unpack(state_->file);
  const StateDict dict = state_dict_of(unpacked.values, unpacked.root, path.string() + ':');
  for (const auto& [name, value] : dict.others)
    state_->others.emplace(name, unpacked.values.description(value));
  if (dict.tensors.empty()) {
    fail(Code::bad_file, "{}: contains no tensors, but {} other values{}", path.string(),
         dict.others.size(),
         dict.others.empty() ? ""
                             : fmt::format("; {} is {}", quote(state_->others.begin()->first),
                                           state_->others.begin()->second));
  }
  state_->places = places_of(state_->file, unpacked, dict);
}

TorchFile::~TorchFile() = default;

const std::filesystem::path& TorchFile::path() const noexcept { return state_->file.path(); }

const std::map<std::string, TorchTensor>& TorchFile::tensors() const noexcept {
  return state_->places.tensors;
}

const std::map<std::string, std::string>& TorchFile::others() const noexcept {
  return state_->others;
}

void TorchFile::read(std::uint64_t begin, std::span<std::byte> dst) const {
  if (dst.empty()) return;
  const auto& views = state_->places.views;
  const auto after = views.upper_bound(begin);
  if (after == views.begin()) return state_->file.read(begin, dst);
  const auto& [first, view] = *std::prev(after);
  const std::uint64_t at = begin - first;
  if (at % view.element_bytes != 0 || dst.size() % view.element_bytes != 0 ||
      at + dst.size() > view.elements() * view.element_bytes) {
    fail(Code::internal, "{}: bytes {} to {} of a view are not whole elements of it",
         path().string(), at, at + dst.size());
  }
  copy_elements(view, *state_->window_of(view), at / view.element_bytes, dst);
}

}  // namespace latentrt::io
