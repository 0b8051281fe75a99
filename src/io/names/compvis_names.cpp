#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "io/names/name_segments.hpp"
#include "io/names/stored_name.hpp"

namespace latentrt::io {
namespace {

using Replacements = std::vector<std::pair<std::string_view, std::string_view>>;

std::string unet_resnet(std::string_view module) {
  static const Replacements kNames{
      {"norm1", "in_layers.0"},  {"conv1", "in_layers.2"},  {"time_emb_proj", "emb_layers.1"},
      {"norm2", "out_layers.0"}, {"conv2", "out_layers.3"}, {"conv_shortcut", "skip_connection"}};
  return with_prefix_replaced(module, kNames);
}

/// Blocks are numbered across all levels. A change of size is a block of its own in the
/// downsampling path, and part of the last block in the upsampling path.
class UnetNames {
 public:
  explicit UnetNames(const UnetLayout& layout) : layout_(layout) {}

  std::string down(NameSegments name) const {
    const int level = name.next_number();
    const std::string_view kind = name.next();
    const int index = name.next_number();
    const int first = 1 + blocks(0, level);
    if (kind == "downsamplers") {
      const int block = first + layers(level);
      if (has(layout_.down_resnet, level))
        return "input_blocks." + inside(block, "resnets", name.rest());
      name.next();
      return fmt::format("input_blocks.{}.0.op{}", block, dotted(name.rest()));
    }
    return "input_blocks." + inside(first + index, kind, name.rest());
  }

  std::string up(NameSegments name) const {
    const int level = static_cast<int>(layout_.layers.size()) - 1 - name.next_number();
    const std::string_view kind = name.next();
    const int index = name.next_number();
    const int first = blocks(level + 1, static_cast<int>(layout_.layers.size()));
    if (kind == "upsamplers") {
      const std::string inner =
          has(layout_.up_resnet, level) ? unet_resnet(name.rest()) : std::string(name.rest());
      return fmt::format("output_blocks.{}.{}{}", first + layers(level), attends(level) ? 2 : 1,
                         dotted(inner));
    }
    return "output_blocks." + inside(first + index, kind, name.rest());
  }

  static std::string middle(NameSegments name) {
    const std::string_view kind = name.next();
    const int index = name.next_number();
    if (kind == "attentions") return fmt::format("middle_block.1{}", dotted(name.rest()));
    return fmt::format("middle_block.{}{}", 2 * index, dotted(unet_resnet(name.rest())));
  }

 private:
  static std::string dotted(std::string_view rest) {
    return rest.empty() ? std::string() : fmt::format(".{}", rest);
  }

  static std::string inside(int block, std::string_view kind, std::string_view rest) {
    return kind == "resnets" ? fmt::format("{}.0{}", block, dotted(unet_resnet(rest)))
                             : fmt::format("{}.1{}", block, dotted(rest));
  }

  int layers(int level) const {
    return level >= 0 && level < static_cast<int>(layout_.layers.size())
               ? layout_.layers[static_cast<std::size_t>(level)]
               : 0;
  }

  bool attends(int level) const { return has(layout_.up_attention, level); }

  static bool has(const std::vector<bool>& levels, int level) {
    return level >= 0 && level < static_cast<int>(levels.size()) &&
           levels[static_cast<std::size_t>(level)];
  }

  /// Number of blocks of the levels from `first` up to, but without, `last`.
  int blocks(int first, int last) const {
    int count = 0;
    for (int level = first; level < last; ++level) count += layers(level) + 1;
    return count;
  }

  const UnetLayout& layout_;
};

std::string vae_module(std::string_view module) {
  static const Replacements kNames{{"conv_shortcut", "nin_shortcut"},
                                   {"group_norm", "norm"},
                                   {"to_q", "q"},
                                   {"to_k", "k"},
                                   {"to_v", "v"},
                                   {"to_out.0", "proj_out"}};
  return with_prefix_replaced(module, kNames);
}

std::string vae_block(std::string_view way, int level, NameSegments name) {
  const std::string_view kind = name.next();
  const int index = name.next_number();
  if (kind == "resnets" || kind == "attentions") {
    return fmt::format("{}.{}.{}.{}.{}", way, level, kind == "resnets" ? "block" : "attn", index,
                       vae_module(name.rest()));
  }
  return fmt::format("{}.{}.{}.{}", way, level, way == "down" ? "downsample" : "upsample",
                     name.rest());
}

std::string vae_middle(NameSegments name) {
  const std::string_view kind = name.next();
  const int index = name.next_number();
  return fmt::format("mid.{}_{}.{}", kind == "attentions" ? "attn" : "block", index + 1,
                     vae_module(name.rest()));
}

/// Level of a block with attention.
int level_of(std::string_view canonical, const UnetLayout& layout) {
  NameSegments segments(canonical);
  const auto levels = static_cast<int>(layout.layers.size());
  const std::string_view part = segments.next();
  if (part == "mid_block") return levels - 1;
  const int block = segments.next_number();
  return part == "up_blocks" ? levels - 1 - block : block;
}

}  // namespace

std::string with_prefix_replaced(std::string_view name, const Replacements& replacements) {
  for (const auto& [prefix, replacement] : replacements) {
    const bool whole =
        name.size() == prefix.size() || (name.size() > prefix.size() && name[prefix.size()] == '.');
    if (whole && name.starts_with(prefix))
      return std::string(replacement) + std::string(name.substr(prefix.size()));
  }
  return std::string(name);
}

std::string compvis_unet_name(std::string_view canonical, const UnetLayout& layout) {
  static const Replacements kEnds{{"conv_in", "input_blocks.0.0"},
                                  {"conv_norm_out", "out.0"},
                                  {"conv_out", "out.2"},
                                  {"time_embedding.linear_1", "time_embed.0"},
                                  {"time_embedding.linear_2", "time_embed.2"},
                                  {"add_embedding.linear_1", "label_emb.0.0"},
                                  {"add_embedding.linear_2", "label_emb.0.2"},
                                  {"class_embedding.linear_1", "label_emb.0.0"},
                                  {"class_embedding.linear_2", "label_emb.0.2"},
                                  {"class_embedding", "label_emb"}};
  NameSegments segments(canonical);
  const std::string_view part = segments.next();
  if (part == "down_blocks") return UnetNames(layout).down(segments);
  if (part == "up_blocks") return UnetNames(layout).up(segments);
  if (part == "mid_block") return UnetNames::middle(segments);
  return with_prefix_replaced(canonical, kEnds);
}

StoredName compvis_plain_unet_name(std::string_view canonical, const UnetLayout& layout) {
  constexpr std::array<std::string_view, 3> kProjections{".to_q.", ".to_k.", ".to_v."};
  StoredName stored{.name = compvis_unet_name(canonical, layout)};
  if (canonical.find(".attentions.") == std::string_view::npos) return stored;
  for (std::size_t i = 0; i < kProjections.size(); ++i) {
    const std::size_t at = stored.name.find(kProjections[i]);
    if (at == std::string::npos) continue;
    const int level = level_of(canonical, layout);
    stored.name.replace(at, kProjections[i].size(), ".qkv.");
    stored.part = static_cast<int>(i);
    stored.parts = 3;
    if (level >= 0 && level < static_cast<int>(layout.heads.size()))
      stored.blocks = layout.heads[static_cast<std::size_t>(level)];
    return stored;
  }
  for (const auto& [ours, theirs] :
       {std::pair(".to_out.0.", ".proj_out."), std::pair(".group_norm.", ".norm.")}) {
    if (const std::size_t at = stored.name.find(ours); at != std::string::npos)
      stored.name.replace(at, std::string_view(ours).size(), theirs);
  }
  return stored;
}

std::string compvis_vae_name(std::string_view canonical, int levels) {
  NameSegments segments(canonical);
  const std::string_view half = segments.next();
  if (half != "encoder" && half != "decoder") return std::string(canonical);
  const std::string_view inner = segments.rest();
  const std::string_view part = segments.next();
  const auto inside = [&]() -> std::string {
    if (part == "down_blocks") return vae_block("down", segments.next_number(), segments);
    if (part == "up_blocks") return vae_block("up", levels - 1 - segments.next_number(), segments);
    if (part == "mid_block") return vae_middle(segments);
    return with_prefix_replaced(inner, {{"conv_norm_out", "norm_out"}});
  };
  return fmt::format("{}.{}", half, inside());
}

}  // namespace latentrt::io
