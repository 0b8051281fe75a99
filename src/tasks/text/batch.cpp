#include "tasks/text/batch.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>

#include <algorithm>

namespace latentrt::pipeline {

TextBatch make_text_batch(const TextRequest& request, std::int64_t gen_length, std::int64_t mask_id,
                          at::Device device) {
  std::int64_t longest = 0;
  for (const TokenIds& prompt : request.prompts) longest = std::max(longest, std::ssize(prompt));
  const auto options = at::TensorOptions(at::kLong);
  const at::Tensor ids =
      at::full({std::ssize(request.prompts), longest + gen_length}, mask_id, options);
  TokenIds padding;
  for (std::size_t i = 0; i < request.prompts.size(); ++i) {
    const TokenIds& prompt = request.prompts[i];
    const std::int64_t before = longest - std::ssize(prompt);
    const at::Tensor row = ids[static_cast<std::int64_t>(i)];
    row.narrow(0, 0, before).fill_(mask_id == 0 ? 1 : 0);  // any id except the mask
    row.narrow(0, before, std::ssize(prompt)).copy_(at::tensor(prompt, options));
    padding.push_back(before);
  }
  return {ids.to(device), at::tensor(padding, options).to(device)};
}

nn::NamedTensors text_conditioning(const TextBatch& batch, bool guided) {
  const at::Tensor own =
      at::arange(batch.ids.size(1), batch.ids.options()) - batch.padding.unsqueeze(1);
  const auto rows = [&](const at::Tensor& x) { return guided ? at::cat({x, x}) : x; };
  return {{"position_ids", rows(own.clamp_min(0))},
          {"attention_mask", rows(own.ge(0).to(at::kLong))}};
}

}  // namespace latentrt::pipeline
