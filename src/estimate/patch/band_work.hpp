#pragma once
/// The work of each rank, from shapes only.

#include <map>
#include <string>
#include <vector>

#include "accel/patch_parallel/bands.hpp"
#include "accel/patch_parallel/options.hpp"
#include "nn/program/shapes.hpp"

namespace latentrt::accel {

/// At one node of a call.
struct NodeWork {
  std::string name;
  double flops = 0;  ///< two per multiply-accumulate of linear layers, convolutions and attention
  double elements = 0;  ///< of the result

  /// The quantity to which its time is proportional.
  double amount() const noexcept { return flops > 0 ? flops : elements; }
};
using CallWork = std::vector<NodeWork>;

/// One call of a denoiser. Nodes that depend only on the prompt are computed before it, and are not
/// included.
class BandWork {
 public:
  /// `inputs`: shapes for the whole picture. The network must outlive this.
  BandWork(const nn::Program& network, std::map<std::string, nn::Shape> inputs);

  CallWork of_one_device() const;
  /// The rank's queries, with the keys in its attention window; convolutions also compute the rows
  /// adjacent to the band, and discard them.
  CallWork of_rank(const Bands& bands, int rank, const PatchOptions& options) const;
  /// As in the code of DistriFusion's authors: even bands, and no row computed twice.
  CallWork as_released(int ranks) const;

 private:
  struct Times;
  CallWork of(const Times& times) const;
  std::int64_t rows() const;

  const nn::Program& network_;
  const nn::Program step_;
  const std::map<std::string, nn::Shape> inputs_;
};

}  // namespace latentrt::accel
