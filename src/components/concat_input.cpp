#include "components/concat_input.hpp"

#include <utility>

#include "nn/passes/joined.hpp"
#include "nn/program/program_builder.hpp"

namespace latentrt::pipeline {

nn::Program with_concat_input(nn::Program network, std::int64_t latents) {
  const std::string picture = network.band_input();
  const std::int64_t others = network.declared(picture).dims[1].factor - latents;
  if (others <= 0) return network;
  nn::ProgramBuilder b;
  const nn::ValueId sample = b.input(picture, nn::picture_input(latents));
  nn::InputSpec concat = nn::picture_input(others);
  concat.changes = nn::Changes::per_prompt;
  const nn::ValueId both =
      b.apply("all_channels", nn::Concat{}, {sample, b.input(kConcatInput, concat)});
  b.output(both, "all_channels");
  return nn::joined(std::move(b).build(), network, {.connections = {{picture, "all_channels"}}});
}

}  // namespace latentrt::pipeline
