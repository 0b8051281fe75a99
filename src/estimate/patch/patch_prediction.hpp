#pragma once
/// What a step of patch parallelism moves and how long it takes, for those who plan it.

#include <array>
#include <cstdint>
#include <latentrt/link.hpp>
#include <latentrt/spec.hpp>
#include <map>
#include <string>
#include <vector>

#include "comm/communicator.hpp"
#include "nn/program/shapes.hpp"

namespace latentrt::accel {

struct Amount {
  std::uint64_t messages = 0, bytes = 0;

  Amount& operator+=(const Amount& other) {
    messages += other.messages;
    bytes += other.bytes;
    return *this;
  }
  bool operator==(const Amount&) const = default;
};

/// What one rank receives on one call.
struct Volume {
  std::array<Amount, comm::kTrafficNames.size()> amounts{};

  Amount& operator[](comm::Traffic kind) { return amounts[static_cast<std::size_t>(kind)]; }
  const Amount& operator[](comm::Traffic kind) const {
    return amounts[static_cast<std::size_t>(kind)];
  }
};

/// A call of a denoiser: its whole network, and the shapes of all inputs.
struct NetworkCall {
  const nn::Program& network;
  std::map<std::string, nn::Shape> inputs;
  std::uint64_t element_bytes;
};

/// The nodes of a call on one device, as they were measured.
struct MeasuredCall {
  std::map<std::string, nn::Shape> inputs;
  std::map<std::string, double> node_seconds;
};

/// How fast a rank computes: by what was measured, or, where nothing was, by this rate.
struct RankSpeed {
  double flops_per_s = 0;
  std::vector<MeasuredCall> measured;
};

/// A step on which values of other ranks are as stale as the mode lets them be.
struct Prediction {
  Volume inner{};           ///< of an inner rank (of the last one, where there are two)
  double one_device_s = 0;  ///< that computes everything
  double compute_s = 0;     ///< of the slowest rank, as are the next ones
  double blocking_s = 0;    ///< of messages that are waited for at once
  double overlapped_s = 0;  ///< of those that travel while the rank computes
  double step_s = 0;        ///< with what of the latter does not fit
};

/// `patch`: the accelerator's spec. Throws Error(invalid_argument) for a wrong one, and where the rows cannot be shared or
/// what was measured is of another network.
Prediction predict_step(const NetworkCall& call, int ranks, const Spec& patch,
                        const RankSpeed& speed, const Link& link);

/// The same for DistriFusion as its authors released it: both boundary rows of every convolution from all ranks, in one
/// all-gather for every 60 tensors; no row is computed twice.
Prediction predict_released_step(const NetworkCall& call, int ranks, const RankSpeed& speed,
                                 const Link& link);

}  // namespace latentrt::accel
