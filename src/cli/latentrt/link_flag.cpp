#include "cli/latentrt/link_flag.hpp"

#include <fmt/format.h>

#include <array>
#include <latentrt/error.hpp>
#include <latentrt/spec.hpp>
#include <string_view>

#include "cli/support/decimal.hpp"
#include "cli/support/quantity.hpp"
#include "cli/support/usage.hpp"

namespace latentrt::cli {
namespace {

struct Preset {
  std::string_view name, what;
  Link link;
};

/// Assumed values for planning, per GPU and direction; not measured here. kappa is the share of
/// multiprocessors that NCCL's kernels occupy.
constexpr std::array kPresets{
    Preset{"nvlink", "NVLink 3", {8e-6, 250e9, 0.1}},
    Preset{"pcie", "PCIe 4 x16, peer to peer", {15e-6, 20e9, 0.1}},
    Preset{"ethernet", "25 Gbit/s over TCP", {50e-6, 2.8e9, 0.1}},
};

[[noreturn]] void refuse(const std::string& text) {
  constexpr std::size_t kShown = 60;
  throw Error(Code::invalid_argument,
              fmt::format("--link \"{}\" is neither nvlink, pcie or ethernet nor of the form "
                          "alpha=12us,beta=5GB/s[,kappa=0.5]",
                          text.substr(0, kShown)));
}

double parse_kappa(const std::string& text) {
  const auto kappa = parse_decimal<double>(text);
  if (kappa && *kappa >= 0 && *kappa <= 1) return *kappa;
  throw Error(Code::invalid_argument,
              fmt::format("--link kappa: \"{}\" is not a number from 0 to 1", text.substr(0, 40)));
}

}  // namespace

Link parse_link(const std::string& text) {
  for (const Preset& preset : kPresets) {
    if (lowered(text) == preset.name) return preset.link;
  }
  if (!text.starts_with("alpha=") && !text.starts_with("beta=") && !text.starts_with("kappa="))
    refuse(text);
  const auto given = Spec::parse("link:" + text).options;
  if (!given.contains("alpha") || !given.contains("beta")) refuse(text);
  Link link;
  for (const auto& [key, value] : given) {
    if (key == "alpha")
      link.alpha_s = parse_quantity("--link alpha", value, kTimes);
    else if (key == "beta")
      link.beta_bytes_per_s = parse_quantity("--link beta", value, kByteRates);
    else if (key == "kappa")
      link.kappa = parse_kappa(value);
    else
      refuse(text);
  }
  return link;
}

std::string to_text(const Link& link) {
  return fmt::format("alpha {:.4g} us, beta {:.4g} GB/s, kappa {:.3g}", 1e6 * link.alpha_s,
                     1e-9 * link.beta_bytes_per_s, link.kappa);
}

std::string link_help() {
  std::string help;
  for (const Preset& preset : kPresets)
    help += fmt::format("{} ({}: {}), ", preset.name, preset.what, to_text(preset.link));
  return help +
         "or alpha=12us,beta=5GB/s[,kappa=0.5]: a message of s bytes takes alpha + s/beta, and "
         "kappa of that from a rank that computes meanwhile; latentrt-bench --what link measures "
         "them";
}

}  // namespace latentrt::cli
