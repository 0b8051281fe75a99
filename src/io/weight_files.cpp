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

constexpr std::string_view kJson = ".json";

/// How the files of one format are named.
struct Format {
  std::string stem;
  std::string_view single, index;
};

/// transformers gives pickles a name of their own.
Format pickle_format(const std::string& stem) {
  return {stem == "model" ? "pytorch_model" : stem, ".bin", ".bin.index"};
}

/// In the order of preference.
std::vector<Format> formats_of(const WeightFiles& files) {
  std::vector<Format> formats{{files.stem, ".safetensors", ".safetensors.index"}};
  if (files.pickles == Pickles::allowed) formats.push_back(pickle_format(files.stem));
  return formats;
}

std::string dotted(const std::string& variant) { return variant.empty() ? "" : "." + variant; }

std::optional<FoundWeights> find_variant(const fs::path& directory, const Format& format,
                                         const std::string& variant) {
  std::error_code ignored;
  const fs::path single =
      directory / fmt::format("{}{}{}", format.stem, dotted(variant), format.single);
  if (fs::exists(single, ignored)) return FoundWeights{single, false};
  const fs::path index =
      directory / fmt::format("{}{}{}{}", format.stem, format.index, dotted(variant), kJson);
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

std::set<std::string> variants_in(const std::vector<fs::path>& names, const Format& format) {
  std::set<std::string> variants;
  for (const fs::path& path : names) {
    const std::string name = path.string();
    if (const auto index = between(name, fmt::format("{}{}.", format.stem, format.index), kJson))
      variants.insert(*index);
    const auto single = between(name, format.stem + ".", format.single);
    if (single && single->find("-of-") == std::string::npos) variants.insert(*single);
  }
  return variants;
}

/// The files of that variant; without one, the plain files, or those of the only variant.
std::optional<FoundWeights> find_format(const fs::path& directory, const Format& format,
                                        const std::string& variant) {
  if (auto found = find_variant(directory, format, variant)) return found;
  if (!variant.empty()) return std::nullopt;
  const std::set<std::string> variants = variants_in(listing(directory), format);
  return variants.size() == 1 ? find_variant(directory, format, *variants.begin()) : std::nullopt;
}

bool is_pickle(const fs::path& name) {
  constexpr std::array<std::string_view, 4> kPickled{".bin", ".ckpt", ".pt", ".pth"};
  return std::find(kPickled.begin(), kPickled.end(), name.extension().string()) != kPickled.end();
}

/// Fails with the most precise reason that the folder's content supports.
[[noreturn]] void refuse(const fs::path& directory, const WeightFiles& files) {
  const std::vector<fs::path> names = listing(directory);
  std::set<std::string> variants;
  for (const Format& format : formats_of(files)) variants.merge(variants_in(names, format));
  const auto pickle = std::find_if(names.begin(), names.end(), is_pickle);
  if (files.pickles == Pickles::refused && variants.empty() && pickle != names.end()) {
    fail(Code::unsafe_file,
         "{}: the weights are a pickle, and pickles are refused here; convert them to "
         "{}.safetensors (latentrt convert), or allow pickles",
         (directory / *pickle).string(), files.stem);
  }
  const std::string there =
      variants.empty() ? "" : fmt::format("; existing variants: {}", fmt::join(variants, ", "));
  std::vector<std::string> wanted;
  for (const Format& format : formats_of(files))
    wanted.push_back(fmt::format("{}{}{}", format.stem, dotted(files.variant), format.single));
  fail(Code::not_found, "{}: neither {} nor an index of its shards exists{}", directory.string(),
       fmt::join(wanted, " nor "), there);
}

}  // namespace

bool has_variant(const fs::path& directory, const WeightFiles& files) {
  return std::ranges::any_of(formats_of(files), [&](const Format& format) {
    return find_variant(directory, format, files.variant).has_value();
  });
}

FoundWeights find_weights(const fs::path& directory, const WeightFiles& files) {
  if (files.variant.find('/') != std::string::npos || has_control_characters(files.variant)) {
    fail(Code::invalid_argument, "variant {} is not part of a file name", quote(files.variant));
  }
  for (const Format& format : formats_of(files))
    if (auto found = find_format(directory, format, files.variant)) return *found;
  if (files.or_plain && !files.variant.empty())
    return find_weights(directory, {.stem = files.stem, .pickles = files.pickles});
  refuse(directory, files);
}

}  // namespace latentrt::io
