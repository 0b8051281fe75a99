#pragma once
/// DeepCache (Ma, Fang and Wang 2024, arXiv 2312.00858): conversions from other branch numberings
/// to the paper's.
///
/// As an accelerator it is selected by a Spec, "deepcache:interval=3,branch=1". Branches are the
/// UNet's skip connections, which the paper counts from the outside in, from 1: branch 1 is that of
/// conv_in. A smaller number is cheaper and less exact.

namespace latentrt::deep_cache {

/// From `cache_branch_id` of the authors' helper (DeepCacheSDHelper.set_params), which counts from
/// 0.
constexpr int branch_from_helper(int cache_branch_id) { return cache_branch_id + 1; }

/// From `cache_layer_id` (the level) and `cache_block_id` (the layer in it) of the authors' first
/// Stable Diffusion and SDXL pipelines, for UNets with two layers per level. The branch of conv_in
/// has no such ids.
constexpr int branch_from_pipeline(int cache_layer_id, int cache_block_id) {
  return 3 * cache_layer_id + cache_block_id + 2;
}

/// From `cache_branch` of the authors' first video pipeline.
constexpr int branch_from_video(int cache_branch) { return cache_branch + 2; }

/// From `--branch` of the authors' DDPM code.
constexpr int branch_from_ddpm(int branch) { return branch + 2; }

}  // namespace latentrt::deep_cache
