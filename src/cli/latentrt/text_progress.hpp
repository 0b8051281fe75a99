#pragma once
/// Shows on a terminal how masks of an answer are filled in.

#include <latentrt/text.hpp>
#include <string>

namespace latentrt::cli {

/// Writes to stderr; nothing where that is not a terminal, or when quiet.
class TextProgress {
 public:
  TextProgress(const TextModel& model, bool quiet);
  TextProgress(const TextProgress&) = delete;
  TextProgress& operator=(const TextProgress&) = delete;

  void operator()(const TextStep& step);
  /// Removes what was shown.
  void end();

 private:
  void clear();

  const TextModel& model_;
  bool shown_;
  std::size_t lines_ = 0;  ///< on the screen
};

}  // namespace latentrt::cli
