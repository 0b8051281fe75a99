/// One rank on a GPU: NCCL refuses two on the same, and passes a rank's messages to itself.
#include <ATen/ops/arange.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <gtest/gtest.h>

#include "comm/loopback.hpp"
#include "comm/nccl.hpp"
#include "comm/part_of_ranks.hpp"
#include "device/cuda/device_query.h"
#include "support/expect_error.hpp"

namespace latentrt::comm {
namespace {

using namespace std::chrono_literals;

class GpuNccl : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!kernels::cuda_device_present() || !has_nccl())
      GTEST_SKIP() << "no CUDA device on this machine, or a build without CUDA or NCCL";
    ranks_ = connect_nccl(std::make_unique<PartOfRanks>(host_.rank(0), 0, 1), 0, 120s);
  }

  LoopbackRanks host_{1, 120s};
  std::unique_ptr<Communicator> ranks_;
};

TEST_F(GpuNccl, PassesTensorsOfTheGpu) {
  for (const std::int64_t count : {std::int64_t{1}, std::int64_t{5'000'000}}) {
    const at::Tensor sent = at::arange(count, at::kFloat).cuda(), received = at::empty_like(sent);
    ranks_->exchange({{0, sent}}, {{0, received}}, Traffic::halo);
    EXPECT_TRUE(at::equal(received, sent));
  }
  EXPECT_EQ(ranks_->received()[Traffic::halo], 4U * 5'000'001);
}

TEST_F(GpuNccl, PassesTensorsOfTheHost) {
  const at::Tensor sent = at::full({3}, 7.0), received = at::empty_like(sent);
  ranks_->exchange({{0, sent}}, {{0, received}}, Traffic::gather);
  EXPECT_TRUE(at::equal(received, sent));
}

TEST_F(GpuNccl, LetsASentTensorChangeAtOnce) {
  at::Tensor sent = at::full({1'000'000}, 1.0).cuda();
  const at::Tensor received = at::empty_like(sent), wanted = sent.clone();
  const auto pending = ranks_->begin({{0, sent}}, {{0, received}}, Traffic::halo);
  sent.fill_(99);
  pending->wait();
  EXPECT_TRUE(at::equal(received, wanted));
}

TEST_F(GpuNccl, RefusesTwoRanksOnOneGpu) {
  EXPECT_ERROR(Code::invalid_argument, "ranks 0 and 1 share a GPU",
               run_loopback(2, 120s, [](Communicator& ranks) {
                 connect_nccl(std::make_unique<PartOfRanks>(ranks, 0, 2), 0, 120s);
               }));
}

}  // namespace
}  // namespace latentrt::comm
