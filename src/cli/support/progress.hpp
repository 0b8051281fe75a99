#pragma once
/// Progress of a run on stderr: a bar on a terminal, plain lines elsewhere.

#include <latentrt/sampler.hpp>

namespace latentrt::cli {

class Progress {
 public:
  explicit Progress(bool quiet);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void operator()(const StepEvent& event);

 private:
  void draw_bar(const StepEvent& event, double rate);
  void print_line(const StepEvent& event, double rate);

  bool quiet_;
  bool terminal_;
  bool drawn_ = false;
  int last_tenth_ = 0;
  double elapsed_ = 0;
};

}  // namespace latentrt::cli
