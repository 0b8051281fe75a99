#pragma once
/// Shows on a terminal how the masks of an answer are filled in.

#include <latentrt/text.hpp>
#include <string>

namespace latentrt::cli {

/// Observer that writes the answer to stderr after each step. Writes nothing if stderr is not a
/// terminal, or if quiet.
class TextProgress {
 public:
  TextProgress(const TextModel& model, bool quiet);
  TextProgress(const TextProgress&) = delete;
  TextProgress& operator=(const TextProgress&) = delete;

  void operator()(const TextStep& step);
  /// Removes the output from the screen.
  void end();

 private:
  void clear();

  const TextModel& model_;
  bool shown_;
  std::size_t lines_ = 0;  ///< number of lines on the screen
};

}  // namespace latentrt::cli
