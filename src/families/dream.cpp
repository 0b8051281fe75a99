/// Dream 7B (Ye et al. 2025): Qwen2.5 as a masked diffusion model; the logits at a token still
/// predict the next token.

#include "components/family_table.hpp"

namespace latentrt::pipeline {

void register_dream(FamilyTable& table) {
  table.add(LanguageFamily{
      .name = "dream",
      .model_types = {"dream"},
      .architectures = {"DreamModel"},
      .read = read_dream,
      .key_map = transformers_key,
      .shifted = true,
      .conversation = {.before = "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n"
                                 "<|im_start|>user\n",
                       .after = "<|im_end|>\n<|im_start|>assistant\n",
                       .turn_end = "<|im_end|>"}});
}

}  // namespace latentrt::pipeline
