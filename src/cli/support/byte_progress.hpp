#pragma once
/// Progress of a copy on stderr: a bar on a terminal for files of 64 MiB and more, nothing
/// elsewhere.

#include <cstdint>

namespace latentrt::cli {

class ByteProgress {
 public:
  explicit ByteProgress(bool quiet);
  ~ByteProgress();
  ByteProgress(const ByteProgress&) = delete;
  ByteProgress& operator=(const ByteProgress&) = delete;

  void operator()(std::uint64_t done, std::uint64_t all);

 private:
  bool shown_;
  bool drawn_ = false;
  std::uint64_t percent_ = 0;
};

}  // namespace latentrt::cli
