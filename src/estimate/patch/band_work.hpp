#pragma once
/// What each rank computes, from shapes alone.

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
  double flops = 0;     ///< two for each multiply-accumulate of maps, convolutions and attention
  double elements = 0;  ///< of the result

  /// What its time grows with.
  double amount() const noexcept { return flops > 0 ? flops : elements; }
};
using CallWork = std::vector<NodeWork>;

/// A call of a denoiser. What depends on the prompt alone is computed before it, and is no part of it.
class BandWork {
 public:
  /// `inputs`: of the whole picture. The network outlives this.
  BandWork(const nn::Program& network, std::map<std::string, nn::Shape> inputs);

  CallWork of_one_device() const;
  /// The rank's queries, over the keys in reach; convolutions also compute the rows beside the band, to drop them.
  CallWork of_rank(const Bands& bands, int rank, const PatchOptions& options) const;
  /// By the code of DistriFusion's authors: even bands, and no row twice.
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
