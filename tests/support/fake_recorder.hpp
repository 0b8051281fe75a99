#pragma once
/// A device that records, emulated on the CPU.

#include <functional>
#include <memory>
#include <utility>

#include "nn/run/recorded_work.hpp"

namespace latentrt::testing {

/// Recording runs the work once, like a device before it records, and launching runs it again with
/// the same addresses.
struct FakeRecorder {
  int records = 0, launches = 0;

  nn::Recorder recorder() {
    return [this](const std::function<void()>& work) {
      ++records;
      work();
      return std::make_unique<Again>(*this, work);
    };
  }

 private:
  struct Again final : device::Graph {
    Again(FakeRecorder& the_recorder, std::function<void()> the_work)
        : recorder(the_recorder), work(std::move(the_work)) {}
    void launch() override {
      ++recorder.launches;
      work();
    }
    FakeRecorder& recorder;
    std::function<void()> work;
  };
};

}  // namespace latentrt::testing
