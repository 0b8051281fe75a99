#include "io/torch_file/pickle_input.hpp"

#include <algorithm>
#include <cstring>

#include "base/fail.hpp"

namespace latentrt::io {
namespace {

constexpr std::uint64_t kWindow = 64u << 10;
constexpr std::uint64_t kMaxText = 1u << 20;

}  // namespace

void PickleInput::refuse(std::uint64_t at, std::string_view problem) const {
  fail(Code::bad_file, "{}: its pickle {} at byte {}", file_.path().string(), problem, at - begin_);
}

void PickleInput::require(std::uint64_t bytes) const {
  if (bytes > left()) refuse(end_, "is cut");
}

/// At least one of the next bytes, which must exist.
std::span<const std::byte> PickleInput::some(std::uint64_t at_most) {
  if (position_ < window_begin_ || position_ >= window_begin_ + window_.size()) {
    window_.resize(static_cast<std::size_t>(std::min(kWindow, left())));
    window_begin_ = position_;
    file_.read(position_, window_);
  }
  const auto rest = std::span(window_).subspan(static_cast<std::size_t>(position_ - window_begin_));
  return rest.first(static_cast<std::size_t>(std::min<std::uint64_t>(rest.size(), at_most)));
}

void PickleInput::read(std::span<std::byte> dst) {
  require(dst.size());
  while (!dst.empty()) {
    const auto bytes = some(dst.size());
    std::memcpy(dst.data(), bytes.data(), bytes.size());
    dst = dst.subspan(bytes.size());
    position_ += bytes.size();
  }
}

std::string PickleInput::text(std::uint64_t bytes) {
  require(bytes);
  if (bytes > kMaxText) refuse(position_, fmt::format("has a text of {} bytes", bytes));
  std::string result(static_cast<std::size_t>(bytes), '\0');
  read(std::as_writable_bytes(std::span(result)));
  return result;
}

std::string PickleInput::line() {
  const std::uint64_t begin = position_;
  std::string result;
  for (char c = static_cast<char>(byte()); c != '\n'; c = static_cast<char>(byte())) {
    if (result.size() == kMaxText) refuse(begin, "has a line that is too long");
    result += c;
  }
  return result;
}

void PickleInput::skip(std::uint64_t bytes) {
  require(bytes);
  position_ += bytes;
}

}  // namespace latentrt::io
