#include "estimate/patch/traffic.hpp"

#include "accel/patch_parallel/attention_window.hpp"
#include "accel/patch_parallel/complete.hpp"
#include "accel/patch_parallel/exchanges.hpp"
#include "accel/patch_parallel/upsampled.hpp"

namespace latentrt::accel {
namespace {

using comm::Traffic;

std::uint64_t product(std::initializer_list<std::int64_t> factors) {
  std::uint64_t all = 1;
  for (const std::int64_t factor : factors) all *= static_cast<std::uint64_t>(factor);
  return all;
}

/// A Program with the shapes of its values.
struct Walk {
  const nn::Program& program;
  const std::vector<nn::Shape>& shapes;

  const nn::Shape& shape(nn::ValueId value) const {
    return shapes[static_cast<std::size_t>(value)];
  }
  const nn::Shape& input() const { return shape(program.value(program.band_input())); }
  const nn::Shape& output() const { return shape(program.value(program.main_output())); }

  /// Calls a function for each exchange: convolve(op, x, columns alike), attend(keys),
  /// normalise(op, x).
  template <class Convolve, class Attend, class Normalise>
  void each(const Convolve& convolve, const Attend& attend, const Normalise& normalise) const {
    const std::set<nn::ValueId> upsampled = upsampled_values(program);
    const std::set<nn::ValueId> complete = complete_values(program);
    for (const nn::Node& node : program.nodes()) {
      const auto* conv = std::get_if<nn::Conv2d>(&node.op);
      const bool whole = complete.contains(node.srcs[0]);
      const nn::Shape& x = shape(node.srcs[0]);
      if (conv && conv->kernel > 1 && !whole)
        convolve(*conv, x, columns_alike(upsampled, node.srcs[0], x[3]));
      if (std::holds_alternative<nn::Attention>(node.op)) attend(shape(node.srcs[1]));
      if (const auto* norm = std::get_if<nn::GroupNorm>(&node.op)) normalise(*norm, x);
    }
  }
};

/// What one rank receives, node by node.
struct Receiver {
  const Walk& walk;
  const Bands& bands;
  const int rank;
  const PatchOptions& options;
  const std::uint64_t element_bytes;
  Volume volume{};

  bool fresh() const { return options.warm_up < 0; }
  std::uint64_t others() const { return static_cast<std::uint64_t>(bands.ranks() - 1); }

  void rows_beside(const nn::Conv2d& op, const nn::Shape& x, std::int64_t alike) {
    const Halo halo = halo_of(op);
    for (const std::int64_t rows :
         {rank > 0 ? halo.above : 0, rank + 1 < bands.ranks() ? halo.below : 0}) {
      if (rows == 0) continue;
      volume[Traffic::halo] += {1, product({rows, x[0], x[1], x[3] / alike}) * element_bytes};
    }
  }

  void keys_and_values(const nn::Shape& keys) {
    const std::int64_t picture_row = row_length(bands.rows(), walk.input()[3], keys[1]);
    const std::int64_t length = options.released ? 1 : picture_row;  // if a row is a token
    const std::int64_t rows = bands.of_rank(rank, keys[1] / picture_row).count();
    const AttentionWindow window(Bands::Level(bands, rank, rows * picture_row / length),
                                 fresh() ? kWholePicture : options.context,
                                 options.released ? Rounding::released : Rounding::nearest);
    for (int peer = 0; peer < bands.ranks(); ++peer) {
      const Rows taken = window.own(peer).cut(window.of(rank));
      if (peer == rank || taken.empty()) continue;
      volume[Traffic::attention] +=
          {1, product({taken.count(), length, keys[0], 2, keys[2]}) * element_bytes};
    }
  }

  void moments(const nn::GroupNorm& op, const nn::Shape& x) {
    if (!fresh() && options.moments == Moments::separate) return;
    volume[Traffic::moments] +=
        {others(), others() * product({2, x[0], op.groups}) * sizeof(float)};
  }

  void other_bands() {
    const nn::Shape& out = walk.output();
    const std::int64_t missing = out[2] - bands.of_rank(rank, out[2]).count();
    volume[Traffic::gather] +=
        {others(), product({missing, out[0], out[1], out[3]}) * element_bytes};
  }
};

}  // namespace

Volume received(const nn::Program& program, const std::vector<nn::Shape>& shapes,
                const Bands& bands, int rank, const PatchOptions& options,
                std::uint64_t element_bytes) {
  const Walk walk{program, shapes};
  Receiver receiver{walk, bands, rank, options, element_bytes};
  receiver.other_bands();
  if (options.naive) return receiver.volume;
  walk.each([&](const auto& op, const auto& x,
                std::int64_t alike) { receiver.rows_beside(op, x, alike); },
            [&](const auto& keys) { receiver.keys_and_values(keys); },
            [&](const auto& op, const auto& x) { receiver.moments(op, x); });
  return receiver.volume;
}

Volume released_contribution(const nn::Program& program, const std::vector<nn::Shape>& shapes,
                             int ranks, std::uint64_t element_bytes) {
  Volume volume;
  const auto convolve = [&](const nn::Conv2d& op, const nn::Shape& x, std::int64_t) {
    volume[Traffic::halo] += {1, product({2, op.pad_end, x[0], x[1], x[3]}) * element_bytes};
  };
  const auto attend = [&](const nn::Shape& keys) {
    volume[Traffic::attention] +=
        {1, product({2, keys[0], keys[1] / ranks, keys[2]}) * element_bytes};
  };
  const auto normalise = [&](const nn::GroupNorm& op, const nn::Shape& x) {
    volume[Traffic::moments] += {1, product({2, x[0], op.groups}) * element_bytes};
  };
  const Walk walk{program, shapes};
  walk.each(convolve, attend, normalise);
  const nn::Shape& out = walk.output();
  volume[Traffic::gather] = {1, product({out[0], out[1], out[2] / ranks, out[3]}) * element_bytes};
  return volume;
}

}  // namespace latentrt::accel
