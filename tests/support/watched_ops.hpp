#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <vector>

#include "nn/ops/local_ops.hpp"

namespace latentrt::testing {

/// LocalOps that count decisions, and check on each call that the decision would be the same.
class WatchedOps final : public nn::OpSet {
 public:
  nn::Implementation choose(const nn::OpCall& call) const override {
    ++chosen;
    nn::Implementation made = local_.choose(call);
    const std::vector<nn::TensorTraits> traits(call.srcs.begin(), call.srcs.end());
    const auto run = [this, traits, made](const nn::OpCall& of) {
      for (std::size_t i = 0; i < traits.size(); ++i)
        EXPECT_TRUE(traits[i].are_of(of.src(i))) << of.node.name << ", source " << i;
      EXPECT_EQ(local_.choose(of).words(), made.words()) << of.node.name;
      return made.run(of);
    };
    return {run, made.name, made.reason};
  }
  mutable std::atomic<std::size_t> chosen = 0;

 private:
  nn::LocalOps local_;
};

}  // namespace latentrt::testing
