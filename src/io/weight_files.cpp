#include "io/weight_files.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <vector>

#include "base/fail.hpp"
#include "base/quote.hpp"
#include "base/utf8.hpp"

namespace latentrt::io {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSingle = ".safetensors";
constexpr std::string_view kIndex = ".safetensors.index";
constexpr std::string_view kJson = ".json";

std::string dotted(const std::string& variant) { return variant.empty() ? "" : "." + variant; }

std::optional<FoundWeights> find_variant(const fs::path& directory, const std::string& stem,
                                         const std::string& variant) {
  std::error_code ignored;
  const fs::path single = directory / (stem + dotted(variant) + std::string(kSingle));
  if (fs::exists(single, ignored)) return FoundWeights{single, false};
  const fs::path index =
      directory / (stem + std::string(kIndex) + dotted(variant) + std::string(kJson));
  if (fs::exists(index, ignored)) return FoundWeights{index, true};
  return std::nullopt;
}

/// The text between two parts of a file name, if the name starts and ends with them.
std::optional<std::string> between(std::string_view name, std::string_view start,
                                   std::string_view end) {
  if (name.size() <= start.size() + end.size() || !name.starts_with(start) || !name.ends_with(end))
    return std::nullopt;
  return std::string(name.substr(start.size(), name.size() - start.size() - end.size()));
}

/// Empty if the folder cannot be listed: the error sentence then only names what was searched for.
std::vector<fs::path> listing(const fs::path& directory) {
  std::vector<fs::path> names;
  std::error_code error;
  fs::directory_iterator entry(directory, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    names.push_back(entry->path().filename());
  }
  return names;
}

std::set<std::string> variants_in(const std::vector<fs::path>& names, const std::string& stem) {
  std::set<std::string> variants;
  for (const fs::path& path : names) {
    const std::string name = path.string();
    if (const auto index = between(name, stem + std::string(kIndex) + ".", kJson))
      variants.insert(*index);
    const auto single = between(name, stem + ".", kSingle);
    if (single && single->find("-of-") == std::string::npos) variants.insert(*single);
  }
  return variants;
}

bool is_pickle(const fs::path& name) {
  constexpr std::array<std::string_view, 4> kPickled{".bin", ".ckpt", ".pt", ".pth"};
  return std::find(kPickled.begin(), kPickled.end(), name.extension().string()) != kPickled.end();
}

/// Fails with the most precise reason that the folder's content supports.
[[noreturn]] void refuse(const fs::path& directory, const WeightFiles& files,
                         const std::vector<fs::path>& names,
                         const std::set<std::string>& variants) {
  const auto pickle = std::find_if(names.begin(), names.end(), is_pickle);
  if (variants.empty() && pickle != names.end()) {
    fail(Code::unsafe_file,
         "{}: the weights are a pickle, which can run code when it is read; convert them to "
         "{}.safetensors",
         (directory / *pickle).string(), files.stem);
  }
  const std::string there =
      variants.empty() ? "" : fmt::format("; existing variants: {}", fmt::join(variants, ", "));
  fail(Code::not_found, "{}: neither {}{}{} nor an index of its shards exists{}",
       directory.string(), files.stem, dotted(files.variant), kSingle, there);
}

}  // namespace

bool has_variant(const fs::path& directory, const WeightFiles& files) {
  return find_variant(directory, files.stem, files.variant).has_value();
}

FoundWeights find_weights(const fs::path& directory, const WeightFiles& files) {
  if (files.variant.find('/') != std::string::npos || has_control_characters(files.variant)) {
    fail(Code::invalid_argument, "variant {} is not part of a file name", quote(files.variant));
  }
  if (auto found = find_variant(directory, files.stem, files.variant)) return *found;
  if (files.or_plain && !files.variant.empty())
    return find_weights(directory, {.stem = files.stem});
  const std::vector<fs::path> names = listing(directory);
  const std::set<std::string> variants = variants_in(names, files.stem);
  if (files.variant.empty() && variants.size() == 1) {
    if (auto found = find_variant(directory, files.stem, *variants.begin())) return *found;
  }
  refuse(directory, files, names, variants);
}

}  // namespace latentrt::io
