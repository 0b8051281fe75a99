#include "cli/support/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <string>

namespace latentrt::cli {
namespace {

constexpr int kWidth = 32;
constexpr int kTenths = 10;

}  // namespace

Progress::Progress(bool quiet) : quiet_(quiet), terminal_(isatty(STDERR_FILENO) != 0) {}

Progress::~Progress() {
  if (drawn_) fmt::print(stderr, "\n");
}

void Progress::operator()(const StepEvent& event) {
  elapsed_ += event.seconds;
  if (quiet_) return;
  const double rate = elapsed_ > 0 ? event.step / elapsed_ : 0;
  terminal_ ? draw_bar(event, rate) : print_line(event, rate);
}

void Progress::draw_bar(const StepEvent& event, double rate) {
  const int filled = kWidth * event.step / event.steps;
  const double left = rate > 0 ? (event.steps - event.step) / rate : 0;
  fmt::print(stderr, "\r[{}{}] {}/{}  {:.2f} steps/s  {:.0f} s left ",
             std::string(static_cast<std::size_t>(filled), '='),
             std::string(static_cast<std::size_t>(kWidth - filled), ' '), event.step, event.steps,
             rate, left);
  std::fflush(stderr);
  drawn_ = true;
}

/// Ten lines per run in logs, not one per step.
void Progress::print_line(const StepEvent& event, double rate) {
  const int tenth = kTenths * event.step / event.steps;
  if (tenth == last_tenth_) return;
  last_tenth_ = tenth;
  fmt::print(stderr, "step {} of {}, {:.2f} steps/s\n", event.step, event.steps, rate);
}

}  // namespace latentrt::cli
