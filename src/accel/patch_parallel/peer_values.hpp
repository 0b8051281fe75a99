#pragma once
/// The other ranks' values, as far as a rank has them: fresh, or of the previous call.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "accel/patch_parallel/bands.hpp"
#include "accel/patch_parallel/options.hpp"
#include "accel/patch_parallel/traffic_counters.hpp"
#include "accel/patch_parallel/upsampled.hpp"
#include "comm/communicator.hpp"
#include "nn/program/program.hpp"
#include "nn/run/executor.hpp"

namespace latentrt::accel {

/// A part of another rank's value. One with this rank's own index is space for the rank's own value
/// between the others', into which nothing is received.
struct Piece {
  int rank;
  Rows rows;
  at::Tensor tensor;
};
using Pieces = std::vector<Piece>;

/// The mutable state of one rank in one run: the number of the call, and what the other ranks sent.
/// Belongs to the run's thread.
class PeerValues {
 public:
  PeerValues(comm::Communicator& communicator, Bands bands, PatchOptions options);
  /// Waits for messages in progress, so that the next run begins with the next message.
  ~PeerValues();
  PeerValues(const PeerValues&) = delete;
  PeerValues& operator=(const PeerValues&) = delete;

  /// To be called before each call of the network, with its inputs; every rank has the declared
  /// ones completely. If the size of the picture changes (guidance ends, and with it half of the
  /// rows) all stored values are discarded.
  void begin_call(const nn::Program& program, const nn::NamedTensors& inputs);
  /// The complete value if every rank has it (complete_values()); else null.
  const at::Tensor* whole(nn::ValueId value) const {
    const auto found = whole_.find(value);
    return found == whole_.end() ? nullptr : &found->second;
  }
  /// Number of adjacent columns of the value that are equal.
  std::int64_t alike(nn::ValueId value, std::int64_t width) const {
    return columns_alike(upsampled_, value, width);
  }
  /// Tokens of one row, at the level at which this rank holds `tokens` tokens.
  std::int64_t row_length(std::int64_t tokens) const;

  /// If a call is not fresh, values of other ranks are those of the previous call.
  bool fresh() const noexcept;

  /// How far keys and values extend in this call.
  double context() const noexcept { return fresh() ? kWholePicture : options_.context; }

  int rank() const noexcept { return communicator_.rank(); }
  const Bands& bands() const noexcept { return bands_; }
  const PatchOptions& options() const noexcept { return options_; }
  const TrafficCounters& counters() const noexcept { return counters_; }
  Bands::Level level(std::int64_t extent) const { return {bands_, rank(), extent}; }

  /// Sends the other ranks their parts of this node's value, and returns the parts that they sent:
  /// those of this call if they must be fresh or if there is no earlier call, else those of the
  /// last call in which they ran this node.
  const Pieces& swap(const std::string& node, const comm::Messages& sends, Pieces receives,
                     comm::Traffic kind, bool fresh);

  /// This rank's value of the node in the previous call that ran it (`now` if there was none).
  at::Tensor before(const std::string& node, const at::Tensor& now);

  /// Discards the other ranks' values.
  void forget();

 private:
  struct Exchange {
    Pieces known, coming;
    int known_of = 0, coming_of = 0;  ///< the calls that they belong to
    std::unique_ptr<comm::Pending> pending;

    /// Stores received values, if any.
    void settle();
  };

  comm::Communicator& communicator_;
  at::Tensor input_;  ///< the network's picture
  std::map<nn::ValueId, at::Tensor> whole_;
  std::set<nn::ValueId> upsampled_;
  const Bands bands_;
  const PatchOptions options_;
  int call_ = -1;
  TrafficCounters counters_;
  std::map<std::string, Exchange> exchanges_;
  std::map<std::string, at::Tensor> before_;
};

}  // namespace latentrt::accel
