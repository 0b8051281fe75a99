/// LLaDA: Large Language Diffusion Models (Nie et al. 2025), in its versions Base, Instruct and
/// 1.5.

#include "components/family_table.hpp"

namespace latentrt::pipeline {

void register_llada(FamilyTable& table) {
  table.add(LanguageFamily{
      .name = "llada",
      .model_types = {"llada"},
      .architectures = {"LLaDAModelLM"},
      .read = read_llada,
      .key_map = llada_key,
      .conversation = {.before = "<|startoftext|><|start_header_id|>user<|end_header_id|>\n\n",
                       .after = "<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
                       .turn_end = "<|eot_id|>"}});
}

}  // namespace latentrt::pipeline
