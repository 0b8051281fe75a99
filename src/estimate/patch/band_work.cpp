#include "estimate/patch/band_work.hpp"

#include <utility>

#include "accel/patch_parallel/attention_window.hpp"
#include "accel/patch_parallel/exchanges.hpp"
#include "accel/patch_parallel/network.hpp"
#include "estimate/patch/traffic.hpp"
#include "nn/passes/hoist.hpp"
#include "nn/program/macs.hpp"

namespace latentrt::accel {
namespace {

/// Rows of a convolution's result for this many input rows.
std::int64_t result_rows(const nn::Conv2d& op, std::int64_t rows) {
  return (rows + op.pad_begin + op.pad_end - op.kernel) / op.stride + 1;
}

double ratio(std::int64_t a, std::int64_t b) {
  return static_cast<double>(a) / static_cast<double>(b);
}

}  // namespace

/// How many times a rank does a node's work on its band.
struct BandWork::Times {
  const Bands& bands;
  const int rank;
  const PatchOptions& options;
  const std::int64_t width;  ///< width of the input
  /// whether convolutions compute the rows adjacent to the band, and discard them
  const bool rows_beside;

  template <class Kind>
  double operator()(const Kind&, const nn::Shape&) const {
    return 1;
  }

  double operator()(const nn::Conv2d& op, const nn::Shape& x) const {
    if (op.kernel == 1 || !rows_beside) return 1;
    const Halo halo = halo_of(op);
    const std::int64_t above = rank > 0 ? halo.above : 0;
    const std::int64_t below = rank + 1 < bands.ranks() ? halo.below : 0;
    const std::int64_t filler = above > 0 ? (op.stride - above % op.stride) % op.stride : 0;
    return ratio(result_rows(op, filler + above + x[2] + below), result_rows(op, x[2]));
  }

  double operator()(const nn::Attention&, const nn::Shape& x) const {
    const std::int64_t tokens = x[1];
    const std::int64_t length =
        options.released ? 1 : row_length(bands.of_rank(rank).count(), width, tokens);
    const double stale = options.naive ? 0 : options.context;
    const AttentionWindow window(Bands::Level(bands, rank, tokens / length),
                                 options.warm_up < 0 ? kWholePicture : stale,
                                 options.released ? Rounding::released : Rounding::nearest);
    return ratio(window.of(rank).count() * length, tokens);
  }
};

BandWork::BandWork(const nn::Program& network, std::map<std::string, nn::Shape> inputs)
    : network_(network),
      step_(nn::hoist(network, network.inputs_that_change(nn::Changes::per_prompt)).body),
      inputs_(std::move(inputs)) {}

std::int64_t BandWork::rows() const { return inputs_.at(network_.band_input())[2]; }

CallWork BandWork::of(const Times& times) const {
  auto inputs = inputs_;
  inputs.at(network_.band_input())[2] = times.bands.of_rank(times.rank).count();
  // A part of a network keeps the ids of values, so these shapes also apply to the step's network.
  const std::vector<nn::Shape> shapes = nn::infer_shapes(network_, inputs);
  const auto shape = [&](nn::ValueId value) { return shapes[static_cast<std::size_t>(value)]; };
  CallWork work;
  for (const nn::Node& node : step_.nodes()) {
    const auto macs = static_cast<double>(nn::count_macs(step_, node, shapes).total());
    const double more =
        std::visit([&](const auto& op) { return times(op, shape(node.srcs[0])); }, node.op);
    const auto elements = static_cast<double>(nn::element_count(shape(node.dst)));
    work.push_back({node.name, 2 * macs * more, elements});
  }
  return work;
}

CallWork BandWork::of_one_device() const {
  const Bands whole = Bands::even(rows(), 1, 1);
  return of({whole, 0, {}, inputs_.at(network_.band_input())[3], false});
}

CallWork BandWork::of_rank(const Bands& bands, int rank, const PatchOptions& options) const {
  return of({bands, rank, options, inputs_.at(network_.band_input())[3], !options.naive});
}

CallWork BandWork::as_released(int ranks) const {
  // no band is taller than the first
  const Bands bands = Bands::even(rows(), rows_to_one(network_), ranks);
  return of({bands, 0, {}, inputs_.at(network_.band_input())[3], false});
}

}  // namespace latentrt::accel
