#pragma once
/// A connection between ranks, as a model for predictions.

#include <cstdint>
#include <limits>

namespace latentrt {

/// The alpha-beta model (Hockney 1994): a message of s bytes takes alpha + s / beta, in both
/// directions at once.
struct Link {
  double alpha_s = 0;
  double beta_bytes_per_s = std::numeric_limits<double>::infinity();
  /// Part of a message's time that a rank loses if it computes meanwhile: 0 if other hardware
  /// transfers the message, 1 if the rank itself does.
  double kappa = 0;

  double seconds(std::uint64_t messages, std::uint64_t bytes) const noexcept {
    return static_cast<double>(messages) * alpha_s + static_cast<double>(bytes) / beta_bytes_per_s;
  }
};

}  // namespace latentrt
