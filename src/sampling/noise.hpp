#pragma once
/// Sources of a run's random values.

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace latentrt::sampling {

/// A generator with the values of torch.Generator("cpu").manual_seed(seed).
at::Generator make_generator(std::uint64_t seed);

/// Standard normal values, drawn in fp32 on the CPU whatever the device and dtype of the networks,
/// then moved to the device.
at::Tensor draw_noise(const std::vector<std::int64_t>& shape, at::Generator& generator,
                      at::Device device);

/// The purpose of a draw.
enum class Root : std::uint32_t { initial, posterior, step, tokens, order };
struct NoiseKey {
  Root root = Root::initial;
  std::size_t step = 0;
};

/// Rows of a matrix of random values that belongs to one item.
struct NoiseRows {
  std::size_t item = 0;
  std::int64_t rows = 0, columns = 0;  ///< of the matrix
  std::vector<std::int64_t> wanted{};  ///< indices of rows
  at::ScalarType type = at::kDouble;   ///< or fp32
};

/// The randomness of a session. Belongs to one thread.
class NoiseSource {
 public:
  virtual ~NoiseSource() = default;
  /// Standard normal values fp32 of that shape, whose first extent is the number of items.
  virtual at::Tensor draw(const std::vector<std::int64_t>& shape, at::Device device,
                          const NoiseKey& key = {}) = 0;
  /// Uniform values of [0,1) on the CPU, [wanted,columns].
  virtual at::Tensor draw_uniform(const NoiseRows& rows, const NoiseKey& key) = 0;
  /// Only these items stay: item i has from now on what items[i] had.
  virtual void keep(const std::vector<std::int64_t>& items) = 0;
  /// Number of pictures with a seed of their own; 1 if all share a seed.
  virtual std::int64_t seeds() const = 0;
  /// For noise that is separate for each item: the item's seed, or the common seed + item.
  virtual std::uint64_t seed_of(std::size_t item) const = 0;
};
using NoisePtr = std::unique_ptr<NoiseSource>;

/// The values of PyTorch's CPU generator, in the order of the draws: one generator that draws for
/// all items at once, or one for each item, which then has the same values as in a run of its own.
class TorchNoise final : public NoiseSource {
 public:
  explicit TorchNoise(const std::vector<std::uint64_t>& seeds);
  at::Tensor draw(const std::vector<std::int64_t>& shape, at::Device device,
                  const NoiseKey& key = {}) override;
  /// Draws the whole matrix, as torch.rand does.
  at::Tensor draw_uniform(const NoiseRows& rows, const NoiseKey& key) override;
  /// One generator for all stays that.
  void keep(const std::vector<std::int64_t>& items) override;
  std::int64_t seeds() const override { return std::ssize(seeds_); }
  std::uint64_t seed_of(std::size_t item) const override;

 private:
  std::vector<std::uint64_t> seeds_;
  std::vector<at::Generator> generators_;
};

/// Values that depend only on (seed, root, step, element) (Salmon et al. 2011, Philox4x32-10): not
/// on the order of the draws, the other items of the call, or the device. Item i of a run with one
/// seed has the values of seed + i.
class PhiloxNoise final : public NoiseSource {
 public:
  explicit PhiloxNoise(std::vector<std::uint64_t> seeds) : seeds_(std::move(seeds)) {}
  at::Tensor draw(const std::vector<std::int64_t>& shape, at::Device device,
                  const NoiseKey& key = {}) override;
  at::Tensor draw_uniform(const NoiseRows& rows, const NoiseKey& key) override;
  void keep(const std::vector<std::int64_t>& items) override;
  std::int64_t seeds() const override { return std::ssize(seeds_); }
  std::uint64_t seed_of(std::size_t item) const override;

 private:
  std::vector<std::uint64_t> seeds_;
};

/// The same values on every draw.
class FixedNoise final : public NoiseSource {
 public:
  explicit FixedNoise(at::Tensor values) : values_(std::move(values)) {}
  at::Tensor draw(const std::vector<std::int64_t>&, at::Device, const NoiseKey&) override {
    return values_;
  }
  at::Tensor draw_uniform(const NoiseRows&, const NoiseKey&) override { return values_; }
  void keep(const std::vector<std::int64_t>&) override {}
  std::int64_t seeds() const override { return 1; }
  std::uint64_t seed_of(std::size_t item) const override { return item; }

 private:
  at::Tensor values_;
};

}  // namespace latentrt::sampling
