/// Which allocator host tensors use, and their lifetime.
#include "device/memory/host_pool.hpp"

#include <ATen/ops/empty.h>
#include <gtest/gtest.h>

#include <array>
#include <latentrt/host_pool.hpp>
#include <optional>
#include <thread>
#include <utility>

namespace latentrt::device {
namespace {

constexpr std::int64_t kBytes = 1 << 20;

at::Tensor some() { return at::empty({kBytes}, at::TensorOptions(at::kByte)); }

class HostPool : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!use_host_pool()) GTEST_SKIP() << "this build has another allocator";
  }
};

TEST_F(HostPool, ServesItsScopeAlone) {
  const at::Tensor outside = some();
  EXPECT_EQ(pool_stats().used, 0U);
  const PoolScope scope;
  const at::Tensor inside = some();
  EXPECT_EQ(pool_stats().used, std::size_t{kBytes});
  std::thread([] { EXPECT_TRUE(some().defined()); }).join();
  const at::Tensor small = at::empty({16}, at::TensorOptions(at::kByte));
  EXPECT_EQ(pool_stats().used, std::size_t{kBytes});
}

TEST_F(HostPool, KeepsMemoryForTheNextScopeWhileThereIsALease) {
  std::optional<PoolLease> lease(std::in_place);
  const void* first = nullptr;
  for (int i = 0; i < 2; ++i) {
    const PoolScope scope;
    const at::Tensor tensor = some();
    EXPECT_TRUE(i == 0 || tensor.data_ptr() == first);
    first = tensor.data_ptr();
  }
  EXPECT_GT(pool_stats().reserved, 0U);
  lease.reset();
  EXPECT_EQ(pool_stats().reserved, 0U);
}

TEST_F(HostPool, CountsWhereTensorsCameFrom) {
  const PoolLease lease;
  const auto counts_of = [](auto&& work) {
    const TensorCounts before = tensor_counts();
    work();
    const TensorCounts now = tensor_counts();
    return std::array{now.of_pool - before.of_pool, now.of_system - before.of_system,
                      now.small - before.small};
  };
  using Counts = std::array<std::uint64_t, 3>;
  const auto in_scope = [] {
    const PoolScope scope;
    some();
    some();
    at::empty({16}, at::TensorOptions(at::kByte));
  };
  EXPECT_EQ(counts_of(in_scope), (Counts{1, 1, 1}));
  EXPECT_EQ(counts_of(in_scope), (Counts{2, 0, 1}));
  EXPECT_EQ(counts_of([] { some(); }), (Counts{0, 1, 0}));
}

TEST_F(HostPool, TensorsMayOutliveItAndDieOnAnotherThread) {
  at::Tensor tensor;
  {
    const PoolScope scope;
    tensor = some();
  }
  EXPECT_EQ(pool_stats().used, std::size_t{kBytes});
  std::thread([dying = std::exchange(tensor, {})]() mutable { dying.reset(); }).join();
  EXPECT_EQ(pool_stats().reserved, 0U);
}

}  // namespace
}  // namespace latentrt::device
