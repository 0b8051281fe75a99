#pragma once
/// How a call of the network is executed: the axes space and launch.

#include <ATen/core/Tensor.h>

#include <functional>
#include <latentrt/exchanges.hpp>
#include <memory>

#include "nn/run/network.hpp"
#include "nn/run/work.hpp"
#include "sampling/rows.hpp"

namespace latentrt::comm {
class Communicator;
}

namespace latentrt::sampling {

class Plan;

/// Runs cuts of the denoiser. Belongs to one thread.
class NetworkCaller {
 public:
  virtual ~NetworkCaller() = default;
  /// Returns what nn::run() returns. The owners of the inputs do not change them afterwards.
  virtual nn::NamedTensors run(const nn::Program& cut, const nn::NamedTensors& inputs) = 0;
  /// The rows of a call whose internal values this caller takes and returns. The network's declared
  /// inputs and its outputs have all rows.
  virtual Rows rows_here(const Rows& rows) const { return rows; }
};

/// Node by node, on the denoiser's device.
class LocalCaller final : public NetworkCaller {
 public:
  explicit LocalCaller(const nn::Network& denoiser) : denoiser_(denoiser) {}
  nn::NamedTensors run(const nn::Program& cut, const nn::NamedTensors& inputs) override {
    return denoiser_.run(cut, inputs);
  }

 private:
  const nn::Network denoiser_;
};

/// The space axis: the pixels of a call are divided among ranks. Belongs to one run, or to the
/// frames of a stream that entered together.
class Space : public NetworkCaller {
 public:
  /// The main output of a decoder of latents [N,C,h,w], equal to that of one device; undefined on
  /// ranks other than the first.
  virtual at::Tensor decode(const nn::Network& decoder, const at::Tensor& latents) = 0;
  /// Statistics of the exchanges between its ranks so far.
  virtual Exchanges exchanges() const = 0;
};
/// For samples with this many rows of latents, together with the other `ranks` (null: none), which
/// outlive the Space. Throws Error(invalid_argument) if the rows cannot be divided.
using MakeSpace = std::function<std::unique_ptr<Space>(const Plan&, std::int64_t latent_rows,
                                                       comm::Communicator* ranks)>;

/// The launch axis: a call of the network, or any other work, is launched on the device as a whole.
class Launch : public NetworkCaller {
 public:
  using NetworkCaller::run;
  /// Returns the results of work->run().
  virtual nn::NamedTensors run(const nn::WorkPtr& work, const nn::NamedTensors& inputs) = 0;
};
using MakeLaunch = std::function<std::unique_ptr<Launch>(const Plan&)>;

/// The plan's caller for samples with this many rows of latents.
std::unique_ptr<NetworkCaller> make_caller(const Plan& plan, std::int64_t latent_rows,
                                           comm::Communicator* ranks);

}  // namespace latentrt::sampling
