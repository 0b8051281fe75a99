#include "loading/checkpoint_layouts.hpp"

#include <algorithm>

#include "base/fail.hpp"
#include "components/stored_shapes.hpp"

namespace latentrt::pipeline {
namespace {

bool holds(const io::TensorFile& file, const std::string& prefix) {
  const auto found = file.tensors().lower_bound(prefix);
  return found != file.tensors().end() && found->first.starts_with(prefix);
}

Use use_of(const Family& family, const StoredComponent& stored) {
  return std::ranges::find(family.components, stored.name, &ComponentPlace::name)->use;
}

void add_once(std::vector<std::string>& names, const std::string& name) {
  if (std::ranges::count(names, name) == 0) names.push_back(name);
}

/// The prefixes of components with that use in all layouts.
std::vector<std::string> prefixes_of(const FamilyTable& table, Use use) {
  std::vector<std::string> prefixes;
  for (const FamilyPtr& family : table.families())
    for (const CheckpointLayout& layout : family->checkpoints)
      for (const StoredComponent& stored : layout.components)
        if (layout.infer && use_of(*family, stored) == use) add_once(prefixes, stored.prefix);
  return prefixes;
}

/// "SD1.x, SD2.x or SDXL"
std::string titles(const FamilyTable& table) {
  std::vector<std::string> all;
  for (const FamilyPtr& family : table.families())
    for (const CheckpointLayout& layout : family->checkpoints)
      if (layout.infer) add_once(all, layout.title);
  if (all.size() < 2) return fmt::format("{}", fmt::join(all, ""));
  const std::string last = all.back();
  all.pop_back();
  return fmt::format("{} or {}", fmt::join(all, ", "), last);
}

void require(const FamilyTable& table, const io::TensorFile& file, Use use) {
  const std::vector<std::string> prefixes = prefixes_of(table, use);
  if (std::ranges::any_of(prefixes, [&](const auto& prefix) { return holds(file, prefix); }))
    return;
  fail(Code::unsupported,
       "{}: no tensor's name begins with '{}': not a whole model in the layout of {}{}",
       file.path().string(), fmt::join(prefixes, "' or '"), titles(table),
       use == Use::autoencoder ? "; an autoencoder in a file of its own is given with --vae" : "");
}

bool matches(const Family& family, const CheckpointLayout& layout, const io::TensorFile& file,
             bool needs_vae) {
  if (layout.fits && !layout.fits({file, ""})) return false;
  return std::ranges::all_of(layout.components, [&](const StoredComponent& stored) {
    const bool needed = needs_vae || use_of(family, stored) != Use::autoencoder;
    return !needed || holds(file, stored.prefix);
  });
}

}  // namespace

FoundLayout find_layout(const FamilyTable& table, const io::TensorFile& file, bool needs_vae) {
  require(table, file, Use::denoiser);
  if (needs_vae) require(table, file, Use::autoencoder);
  for (const FamilyPtr& family : table.families()) {
    for (const CheckpointLayout& layout : family->checkpoints) {
      if (!matches(*family, layout, file, needs_vae)) continue;
      if (layout.infer) return {family, &layout};
      fail(Code::unsupported, "{}: {}, which is not supported", file.path().string(), layout.title);
    }
  }
  fail(Code::unsupported,
       "{}: no text encoder of {} in it ({}); a part of a model belongs into a directory with a "
       "model_index.json",
       file.path().string(), titles(table), fmt::join(prefixes_of(table, Use::text_encoder), ", "));
}

}  // namespace latentrt::pipeline
