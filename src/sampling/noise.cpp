#include "sampling/noise.hpp"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>

#include <utility>

#include "kernels/common/philox.h"

namespace latentrt::sampling {

at::Generator make_generator(std::uint64_t seed) { return at::detail::createCPUGenerator(seed); }

at::Tensor draw_noise(const std::vector<std::int64_t>& shape, at::Generator& generator,
                      at::Device device) {
  return at::randn(shape, generator, at::TensorOptions(at::kFloat)).to(device);
}

namespace {

std::uint64_t seed_at(const std::vector<std::uint64_t>& seeds, std::size_t item) {
  return seeds.size() == 1 ? seeds.front() + item : seeds.at(item);
}

template <class Value>
std::vector<Value> kept(const std::vector<Value>& all, const std::vector<std::int64_t>& items) {
  std::vector<Value> some;
  for (const std::int64_t item : items) some.push_back(all.at(static_cast<std::size_t>(item)));
  return some;
}

}  // namespace

TorchNoise::TorchNoise(const std::vector<std::uint64_t>& seeds) : seeds_(seeds) {
  for (const std::uint64_t seed : seeds) generators_.push_back(make_generator(seed));
}

at::Tensor TorchNoise::draw(const std::vector<std::int64_t>& shape, at::Device device,
                            const NoiseKey& /*key*/) {
  if (seeds() == 1) return draw_noise(shape, generators_.front(), device);
  std::vector<std::int64_t> row = shape;
  row[0] = 1;
  std::vector<at::Tensor> rows;
  for (at::Generator& generator : generators_) rows.push_back(draw_noise(row, generator, device));
  return at::cat(rows);
}

at::Tensor TorchNoise::draw_uniform(const NoiseRows& rows, const NoiseKey& /*key*/) {
  at::Generator& generator = seeds() == 1 ? generators_.front() : generators_.at(rows.item);
  const at::Tensor all =
      at::rand({rows.rows, rows.columns}, generator, at::TensorOptions(rows.type));
  return all.index_select(0, at::tensor(rows.wanted, at::TensorOptions(at::kLong)));
}

void TorchNoise::keep(const std::vector<std::int64_t>& items) {
  if (seeds() == 1) return;
  seeds_ = kept(seeds_, items);
  generators_ = kept(generators_, items);
}

void PhiloxNoise::keep(const std::vector<std::int64_t>& items) {
  std::vector<std::uint64_t> seeds;
  for (const std::int64_t item : items) seeds.push_back(seed_of(static_cast<std::size_t>(item)));
  seeds_ = std::move(seeds);
}

std::uint64_t TorchNoise::seed_of(std::size_t item) const { return seed_at(seeds_, item); }
std::uint64_t PhiloxNoise::seed_of(std::size_t item) const { return seed_at(seeds_, item); }

namespace {

/// Counters of random blocks with this key have the number of the draw as their high half.
std::uint64_t draw_of(const NoiseKey& key) {
  constexpr int kRootBits = 32;
  return static_cast<std::uint64_t>(key.root) << kRootBits | key.step;
}

/// 53 bits of a block, as a value in [0,1).
double uniform(const kernels::PhiloxBlock& block) {
  constexpr int kHighBits = 26, kLowBits = 27, kWordBits = 32;
  const std::uint64_t high = block.words[0] >> (kWordBits - kHighBits);
  const std::uint64_t low = block.words[1] >> (kWordBits - kLowBits);
  return static_cast<double>(high << kLowBits | low) * 0x1p-53;
}

}  // namespace

at::Tensor PhiloxNoise::draw_uniform(const NoiseRows& rows, const NoiseKey& key) {
  const std::uint64_t seed = seed_of(rows.item), draw = draw_of(key);
  const auto count = static_cast<std::int64_t>(rows.wanted.size());
  const at::Tensor values = at::empty({count, rows.columns}, at::TensorOptions(at::kDouble));
  auto* const dst = values.mutable_data_ptr<double>();
  at::parallel_for(0, count, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t first = rows.wanted[static_cast<std::size_t>(i)] * rows.columns;
      for (std::int64_t k = 0; k < rows.columns; ++k)
        dst[i * rows.columns + k] =
            uniform(kernels::philox_block(seed, draw, static_cast<std::uint64_t>(first + k)));
    }
  });
  return values.to(rows.type);
}

at::Tensor PhiloxNoise::draw(const std::vector<std::int64_t>& shape, at::Device device,
                             const NoiseKey& key) {
  constexpr std::int64_t kGrain = 4096;
  const std::uint64_t draw = draw_of(key);
  const at::Tensor values = at::empty(shape, at::TensorOptions(at::kFloat));
  const std::int64_t size = shape[0] == 0 ? 0 : values.numel() / shape[0];
  auto* const dst = values.mutable_data_ptr<float>();
  at::parallel_for(0, values.numel(), kGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const auto item = static_cast<std::uint64_t>(i / size);
      const std::uint64_t seed = seed_of(item);
      dst[i] = static_cast<float>(
          kernels::philox_normal<double>(seed, draw, static_cast<std::uint64_t>(i % size)));
    }
  });
  return values.to(device);
}

}  // namespace latentrt::sampling
