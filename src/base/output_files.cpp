#include <deque>
#include <latentrt/output_files.hpp>

#include "base/atomic_file.hpp"

namespace latentrt {

struct OutputFiles::State {
  std::deque<AtomicFile> files;  ///< a deque, because files cannot be moved
};

OutputFiles::OutputFiles() : state_(std::make_unique<State>()) {}
OutputFiles::~OutputFiles() = default;

void OutputFiles::write(const std::filesystem::path& target, std::span<const std::uint8_t> bytes) {
  state_->files.emplace_back(target).write(std::as_bytes(bytes));
}

void OutputFiles::commit() {
  for (AtomicFile& file : state_->files) file.commit();
  state_->files.clear();
}

void write_file(const std::filesystem::path& target, std::span<const std::uint8_t> bytes) {
  AtomicFile file(target);
  file.write(std::as_bytes(bytes));
  file.commit();
}

}  // namespace latentrt
