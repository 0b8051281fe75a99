#pragma once
/// The bytes of a pickle, read from a file in order.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/input_file.hpp"

namespace latentrt::io {

/// A range of the file, of which a small part is in memory at a time. All functions throw
/// Error(bad_file) if the range ends before.
class PickleInput {
 public:
  PickleInput(const InputFile& file, std::uint64_t begin, std::uint64_t end)
      : file_(file), begin_(begin), position_(begin), end_(end) {}

  const InputFile& file() const noexcept { return file_; }
  /// In the file.
  std::uint64_t position() const noexcept { return position_; }
  std::uint64_t left() const noexcept { return end_ - position_; }

  std::uint8_t byte() { return number<std::uint8_t>(); }
  /// Little-endian.
  template <class T>
  T number() {
    T value;
    read(std::as_writable_bytes(std::span(&value, 1)));
    return value;
  }
  void read(std::span<std::byte> dst);
  std::string text(std::uint64_t bytes);
  /// Without its line feed.
  std::string line();
  void skip(std::uint64_t bytes);

  /// A sentence that names the file and says where in the pickle the problem is.
  [[noreturn]] void refuse(std::uint64_t at, std::string_view problem) const;

 private:
  void require(std::uint64_t bytes) const;
  std::span<const std::byte> some(std::uint64_t at_most);

  const InputFile& file_;
  std::uint64_t begin_, position_, end_;
  std::vector<std::byte> window_;
  std::uint64_t window_begin_ = 0;
};

}  // namespace latentrt::io
