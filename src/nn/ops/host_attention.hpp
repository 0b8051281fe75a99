#pragma once
/// Attention to few keys, as a prompt has them, in bf16 on the CPU: a block of queries against all
/// keys at once, by the small products of matrices that LibTorch takes from oneDNN (AMX), with the
/// softmax between them in a core's caches. LibTorch's own goes by slices of 512 keys; for many it
/// is as fast.

#include "nn/ops/attention.hpp"

namespace latentrt::nn {

/// Why it cannot serve the call, or would not gain by it, as a sentence; empty when it can.
std::string host_refusal(const AttentionCall& call);

/// A row's result has the same bits whatever rows are next to it. For calls that are not refused.
at::Tensor attend_on_host(const AttentionCall& call);

}  // namespace latentrt::nn
