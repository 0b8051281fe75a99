#pragma once
/// What a rank knows of the other ranks' values: fresh, or as they were a call ago.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "accel/patch_parallel/bands.hpp"
#include "accel/patch_parallel/options.hpp"
#include "accel/patch_parallel/tally.hpp"
#include "accel/patch_parallel/upsampled.hpp"
#include "comm/communicator.hpp"
#include "nn/program/program.hpp"

namespace latentrt::accel {

/// A part of another rank's value; one that is called the rank's own is room around the others', into which nothing is
/// received.
struct Piece {
  int rank;
  Rows rows;
  at::Tensor tensor;
};
using Pieces = std::vector<Piece>;

/// The mutable side of one rank in one run: which call it is, and what the other ranks sent. A run's thread owns it.
class Remote {
 public:
  Remote(comm::Communicator& communicator, Bands bands, PatchOptions options);
  /// Waits for what is under way, so that the next run begins with the next message.
  ~Remote();
  Remote(const Remote&) = delete;
  Remote& operator=(const Remote&) = delete;

  /// Before each call of the network, with the input that every rank has whole, and its name. When it is of another size
  /// (guidance ends, and with it half of the rows) nothing that is known fits any more: it is forgotten.
  void begin_call(const nn::Program& program, std::string_view name, at::Tensor input);
  /// The whole input where the value is that; else null.
  const at::Tensor* whole(nn::ValueId value) const { return value == value_ ? &input_ : nullptr; }
  /// Columns of the value that are alike side by side.
  std::int64_t alike(nn::ValueId value, std::int64_t width) const {
    return columns_alike(upsampled_, value, width);
  }
  /// Tokens of one row, at the level at which this rank holds so many tokens.
  std::int64_t row_length(std::int64_t tokens) const;

  /// On a call that is not, values of other ranks are those of the call before.
  bool fresh() const noexcept;

  /// How far keys and values reach on this call.
  double context() const noexcept { return fresh() ? kWholePicture : options_.context; }

  int rank() const noexcept { return communicator_.rank(); }
  const Bands& bands() const noexcept { return bands_; }
  const PatchOptions& options() const noexcept { return options_; }
  const Tally& tally() const noexcept { return tally_; }
  Bands::Level level(std::int64_t extent) const { return {bands_, rank(), extent}; }

  /// Gives the other ranks their parts of this node's value, and returns what they gave: of this call when it must be
  /// fresh, else what they gave on the last call on which they ran this node (that also when there is none).
  const Pieces& swap(const std::string& node, const comm::Messages& sends, Pieces receives,
                     comm::Traffic kind, bool fresh);

  /// What this rank's value of the node was on the call before on which it ran (`now`, when there was none).
  at::Tensor before(const std::string& node, const at::Tensor& now);

  /// Values of other ranks that no call is to read any more.
  void forget();

 private:
  struct Exchange {
    Pieces known, coming;
    int known_of = 0, coming_of = 0;  ///< the calls that they are of
    std::unique_ptr<comm::Pending> pending;

    /// What is coming, if anything, becomes what is known.
    void settle();
  };

  comm::Communicator& communicator_;
  at::Tensor input_;
  nn::ValueId value_ = -1;
  std::set<nn::ValueId> upsampled_;
  const Bands bands_;
  const PatchOptions options_;
  int call_ = -1;
  Tally tally_;
  std::map<std::string, Exchange> exchanges_;
  std::map<std::string, at::Tensor> before_;
};

}  // namespace latentrt::accel
