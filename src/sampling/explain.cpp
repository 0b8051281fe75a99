#include <fmt/format.h>

#include <algorithm>

#include "sampling/plan.hpp"

namespace latentrt::sampling {
namespace {

std::string describe_guidance(const Plan& plan) {
  const GuidancePolicy& guidance = plan.guidance;
  const std::size_t calls = plan.process->calls();
  if (!guidance.active()) return "guidance: off, one row a picture\n";
  const std::string rescale =
      guidance.rescale > 0 ? fmt::format(", rescaled by {}", guidance.rescale) : "";
  const std::size_t end = std::min(guidance.end, calls);
  const std::string part = end - guidance.begin < calls
                               ? fmt::format(", on calls {} to {} only", guidance.begin + 1, end)
                               : "";
  return fmt::format("guidance: classifier-free, scale {}{}, two rows a picture in one call{}\n",
                     guidance.scale, rescale, part);
}

std::string describe_links(const Plan& plan, std::string_view verb,
                           const std::vector<SlotLink>& links) {
  std::string text;
  for (const SlotLink& link : links) {
    text +=
        fmt::format("    {} slot '{}': value {}\n", verb, plan.slots[link.slot].name, link.value);
  }
  return text;
}

std::string describe_variant(const Plan& plan, VariantId id) {
  const Part& variant = plan.variants[id];
  const auto uses = std::count(plan.step_variants.begin(), plan.step_variants.end(), id);
  const std::size_t whole = plan.variants[0].program.nodes().size();
  return fmt::format("  {}: {} of {} nodes, {} of {} steps\n", variant.name,
                     variant.program.nodes().size(), whole, uses, plan.step_variants.size()) +
         describe_links(plan, "reads", variant.loads) +
         describe_links(plan, "writes", variant.stores);
}

/// Which calls run the whole network, and which run a part of it with values from slots.
std::string describe_calls(const Plan& plan) {
  std::string map;
  for (const VariantId id : plan.step_variants) map += plan.variants[id].loads.empty() ? 'F' : 's';
  if (plan.choice || map.find('s') == std::string::npos) return "";
  return fmt::format("{}: {} (F runs the whole network, s a part of it)\n",
                     plan.batch ? "stages" : "calls", map);
}

}  // namespace

std::string Plan::explain() const {
  std::string text = process->describe() + describe_guidance(*this);
  text +=
      fmt::format("hoisted: {} nodes once per prompt, {} once per step of the schedule\n",
                  prologue_nodes(nn::Changes::per_prompt), prologue_nodes(nn::Changes::per_step));
  if (choice) {
    text +=
        fmt::format("probe: {} nodes on every call, up to value {}, which chooses the variant\n",
                    prologue_nodes(nn::Changes::per_call), choice->value);
  }
  text += "variants:\n";
  for (VariantId id = 0; id < variants.size(); ++id) text += describe_variant(*this, id);
  text += describe_calls(*this);
  if (slots.empty()) text += "slots: none\n";
  for (const SlotSpec& slot : slots)
    text += fmt::format("slot '{}' of {}\n", slot.name, slot.owner);
  for (const std::string& note : notes) text += "note: " + note + "\n";
  return text;
}

}  // namespace latentrt::sampling
