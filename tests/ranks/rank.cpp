/// One rank of a failing run: `rank MODEL ACCEL STEPS DEADLINE_MS [WHO STEP kill|stop|throw|exit]`.
/// Rank WHO fails after that step (0: before it joins). Prints how the run ended.
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <latentrt/error.hpp>
#include <latentrt/ranks.hpp>
#include <latentrt/sampler.hpp>
#include <stdexcept>
#include <string>
#include <string_view>

namespace {

struct Grief {
  int who = -1, step = -1;
  std::string how{};

  void come(int rank, int at) const {
    if (rank != who || at != step) return;
    if (how == "kill") ::kill(::getpid(), SIGKILL);
    if (how == "stop") ::kill(::getpid(), SIGSTOP);
    if (how == "throw") throw std::runtime_error("the disk is full");
    std::_Exit(0);
  }
};

void run(char** words, const Grief& grief) {
  const auto* const own = std::getenv("RANK");
  grief.come(own == nullptr ? 0 : std::atoi(own), 0);
  const auto ranks =
      latentrt::Ranks::join("test", {.deadline = std::chrono::milliseconds(std::atoi(words[3]))});
  const auto pipeline =
      latentrt::Pipeline::load(latentrt::Context::create({.threads = 1}), words[0]);
  const latentrt::Sampler sampler(pipeline, {.steps = std::atoi(words[2])},
                                  {latentrt::Spec::parse(words[1])});
  sampler.open(ranks).run({.prompt = "a red circle"}, [&](const latentrt::StepEvent& event) {
    grief.come(ranks.rank(), static_cast<int>(event.step));
  });
}

}  // namespace

int main(int count, char** words) {
  Grief grief;
  if (count > 7) grief = {std::atoi(words[5]), std::atoi(words[6]), words[7]};
  try {
    run(words + 1, grief);
  } catch (const std::exception& error) {
    std::puts(error.what());
    return 1;
  }
  std::puts("done");
  return 0;
}
