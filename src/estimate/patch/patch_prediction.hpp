#pragma once
/// Predicts what a step of patch parallelism transfers and how long it takes.

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

/// What one rank receives in one call.
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

/// Measured nodes of a call on one device.
struct MeasuredCall {
  std::map<std::string, nn::Shape> inputs;
  std::map<std::string, double> node_seconds;
};

/// Computing speed of a rank: by the measurements, or, if there are none, by this rate.
struct RankSpeed {
  double flops_per_s = 0;
  std::vector<MeasuredCall> measured;
};

/// A step in which values of other ranks are as stale as the mode allows.
struct Prediction {
  Volume inner{};           ///< of an inner rank (of the last one if there are two)
  double one_device_s = 0;  ///< one device that computes everything
  double compute_s = 0;     ///< of the slowest rank, as are the next ones
  double blocking_s = 0;    ///< of messages that are waited for at once
  double overlapped_s = 0;  ///< of messages that are transferred while the rank computes
  double step_s = 0;        ///< including the part of the latter that exceeds the computation
};

/// `patch`: the accelerator's spec. Throws Error(invalid_argument) for a wrong one, and if the rows
/// cannot be shared or the measurements are of another network.
Prediction predict_step(const NetworkCall& call, int ranks, const Spec& patch,
                        const RankSpeed& speed, const Link& link);

/// As above, for DistriFusion as released by its authors: both boundary rows of every convolution
/// from all ranks, in one all-gather per 60 tensors; no row is computed twice.
Prediction predict_released_step(const NetworkCall& call, int ranks, const RankSpeed& speed,
                                 const Link& link);

}  // namespace latentrt::accel
