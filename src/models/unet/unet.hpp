#pragma once
/// UNet2DConditionModel (SD1.x, SD2.x, SDXL, latent-diffusion) and UNet2DModel as Programs.

#include "models/unet/unet_config.hpp"
#include "nn/program/program.hpp"

namespace latentrt::models {

/// Inputs: "sample" [B,Cin,h,w], "timestep" [B]; if it reads text "encoder_hidden_states" [B,L,D];
/// with a class embedding "class_labels" ([B] int64, or [B,K] for projections); with text_time
/// "text_embeds" [B,E] and "time_ids" [B,n]. Output: "out" [B,Cout,h,w]. Named values (cut points):
/// "conv_in"; "down.i.res.j", "down.i.attn.j", "down.i.down" (all skips are among these);
/// "mid.res.0", "mid.attn", "up.i.in" (the input of up block i; "up.0.in" is the middle block's
/// result), "up.i.res.j", "up.i.attn.j". Any height and width is possible: odd sizes are restored
/// from the skips. With `residuals`, the UNet has inputs for a ControlNet (Zhang et al. 2023):
/// "down_residual.i" are added to the skips, counted from "conv_in", and "mid_residual" to the
/// middle block's result, each with that value's shape.
nn::Program build_unet(const UnetConfig& config, bool residuals = false);

}  // namespace latentrt::models
