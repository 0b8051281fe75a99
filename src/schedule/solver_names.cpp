#include "schedule/solver_names.hpp"

#include <array>
#include <utility>

#include "base/lower.hpp"

namespace latentrt::schedule {
namespace {

/// Synonyms of keys.
constexpr std::array<std::pair<std::string_view, std::string_view>, 11> kSynonyms{
    {{"eulerancestral", "eulera"},
     {"plms", "pndm"},
     {"dpmsolverpp", "dpmpp2m"},
     {"dpm2", "kdpm2"},
     {"dpm2a", "kdpm2a"},
     {"dpm2ancestral", "kdpm2a"},
     {"kdpm2ancestral", "kdpm2a"},
     {"dpmpp2s", "dpmppsingle"},
     {"dpmpp2sancestral", "dpmpp2sa"},
     {"dpmsolversde", "dpmppsde"},
     {"dpmsolversinglestep", "dpmppsingle"}}};

bool counts(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

}  // namespace

std::string solver_key(std::string_view name) {
  std::string key;
  for (const char c : lowered(name)) {
    if (c == '+') key += 'p';
    if (counts(c)) key += c;
  }
  if (name.starts_with("k_") || name.starts_with("K_"))
    key.erase(0, 1);  // prefix of k-diffusion's names
  for (const auto& [synonym, meant] : kSynonyms) {
    if (key == synonym) return std::string(meant);
  }
  return key;
}

}  // namespace latentrt::schedule
