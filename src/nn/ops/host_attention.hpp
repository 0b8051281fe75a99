#pragma once
/// Attention to few keys, such as those of a prompt, in bf16 on the CPU: a block of queries is
/// multiplied by all keys at once with oneDNN's small matrix products (AMX), which LibTorch
/// exports; the softmax between the products runs in a core's caches. LibTorch's own implementation
/// processes slices of 512 keys; for many keys it is as fast.

#include "nn/ops/attention.hpp"

namespace latentrt::nn {

/// The reason why it cannot run the call, or would not be faster, as a sentence; empty otherwise.
std::string host_refusal(const AttentionCall& call);

/// The result of a row does not depend on the other rows, bit for bit. For calls that are not
/// refused.
at::Tensor attend_on_host(const AttentionCall& call);

}  // namespace latentrt::nn
