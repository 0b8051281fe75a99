#include "accel/patch_parallel/traffic.hpp"

#include <algorithm>

#include "accel/patch_parallel/exchanges.hpp"
#include "accel/patch_parallel/reach.hpp"
#include "accel/patch_traffic.hpp"

namespace latentrt::accel {
namespace {

using comm::Received;
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
  const Ends& ends;

  const nn::Shape& shape(nn::ValueId value) const {
    return shapes[static_cast<std::size_t>(value)];
  }
  const nn::Shape& input() const { return shape(program.value(ends.input)); }
  const nn::Shape& output() const { return shape(program.value(ends.output)); }

  /// Calls for what is exchanged: convolve(op, x), attend(keys), normalise(op, x).
  template <class Convolve, class Attend, class Normalise>
  void each(const Convolve& convolve, const Attend& attend, const Normalise& normalise) const {
    for (const nn::Node& node : program.nodes()) {
      const auto* conv = std::get_if<nn::Conv2d>(&node.op);
      const bool whole = node.srcs[0] == program.value(ends.input);
      if (conv && conv->kernel > 1 && !whole) convolve(*conv, shape(node.srcs[0]));
      if (std::holds_alternative<nn::Attention>(node.op)) attend(shape(node.srcs[1]));
      if (const auto* norm = std::get_if<nn::GroupNorm>(&node.op))
        normalise(*norm, shape(node.srcs[0]));
    }
  }
};

}  // namespace

std::int64_t rows_to_one(const nn::Program& program) {
  std::int64_t rows = 1;
  for (const nn::Node& node : program.nodes()) {
    if (const auto* conv = std::get_if<nn::Conv2d>(&node.op)) rows *= conv->stride;
  }
  return rows;
}

Received received_bytes(const nn::Program& program, const std::vector<nn::Shape>& shapes,
                        const Bands& bands, int rank, double context, std::uint64_t element_bytes,
                        const Ends& ends) {
  const Walk walk{program, shapes, ends};
  const std::int64_t others = bands.ranks() - 1;
  Received bytes;
  const auto convolve = [&](const nn::Conv2d& op, const nn::Shape& x) {
    const Halo halo = halo_of(op);
    const std::int64_t rows = (rank > 0 ? halo.above : 0) + (rank < others ? halo.below : 0);
    bytes[Traffic::halo] += product({rows, x[0], x[1], x[3]}) * element_bytes;
  };
  const auto attend = [&](const nn::Shape& keys) {
    const std::int64_t length = row_length(bands.rows(), walk.input()[3], keys[1]);
    const std::int64_t rows = bands.of_rank(rank, keys[1] / length).count();
    const Reach reach(Bands::Level(bands, rank, rows), context);
    const std::int64_t remote = reach.of(rank).count() - rows;
    bytes[Traffic::attention] += product({remote, length, keys[0], 2, keys[2]}) * element_bytes;
  };
  const auto normalise = [&](const nn::GroupNorm& op, const nn::Shape& x) {
    bytes[Traffic::moments] += product({others, 2, x[0], op.groups}) * sizeof(float);
  };
  walk.each(convolve, attend, normalise);
  const nn::Shape& out = walk.output();
  const std::int64_t missing = out[2] - bands.of_rank(rank, out[2]).count();
  bytes[Traffic::gather] = product({missing, out[0], out[1], out[3]}) * element_bytes;
  return bytes;
}

Received released_contribution(const nn::Program& program, const std::vector<nn::Shape>& shapes,
                               int ranks, std::uint64_t element_bytes, const Ends& ends) {
  Received bytes;
  const auto convolve = [&](const nn::Conv2d& op, const nn::Shape& x) {
    bytes[Traffic::halo] += product({2, op.pad_end, x[0], x[1], x[3]}) * element_bytes;
  };
  const auto attend = [&](const nn::Shape& keys) {
    bytes[Traffic::attention] += product({2, keys[0], keys[1] / ranks, keys[2]}) * element_bytes;
  };
  const auto normalise = [&](const nn::GroupNorm& op, const nn::Shape& x) {
    bytes[Traffic::moments] += product({2, x[0], op.groups}) * element_bytes;
  };
  const Walk walk{program, shapes, ends};
  walk.each(convolve, attend, normalise);
  const nn::Shape& out = walk.output();
  bytes[Traffic::gather] = product({out[0], out[1], out[2] / ranks, out[3]}) * element_bytes;
  return bytes;
}

namespace {

Bands even_bands(const nn::Program& program, const std::vector<nn::Shape>& shapes, int ranks) {
  const std::int64_t rows = shapes[static_cast<std::size_t>(program.value(Ends{}.input))][2];
  return Bands::even(rows, rows_to_one(program), ranks);
}

}  // namespace

Received inner_rank_traffic(const nn::Program& program, const std::vector<nn::Shape>& shapes,
                            int ranks, double context, std::uint64_t element_bytes) {
  return received_bytes(program, shapes, even_bands(program, shapes, ranks), ranks > 1 ? 1 : 0,
                        context, element_bytes);
}

Received released_traffic(const nn::Program& program, const std::vector<nn::Shape>& shapes,
                          int ranks, std::uint64_t element_bytes) {
  even_bands(program, shapes, ranks);  // refuses what cannot be
  Received bytes = released_contribution(program, shapes, ranks, element_bytes);
  for (std::uint64_t& of_kind : bytes.bytes) of_kind *= static_cast<std::uint64_t>(ranks - 1);
  return bytes;
}

}  // namespace latentrt::accel
