#include "io/weight_files.hpp"

#include <array>
#include <optional>
#include <set>

#include "base/fail.hpp"

namespace latentrt::io {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSingle = ".safetensors";
constexpr std::string_view kIndex = ".safetensors.index";
constexpr std::string_view kJson = ".json";

std::string dotted(const std::string& variant) { return variant.empty() ? "" : "." + variant; }

std::optional<FoundWeights> find_variant(const fs::path& directory, const std::string& stem, const std::string& variant) {
  std::error_code ignored;
  const fs::path single = directory / (stem + dotted(variant) + std::string(kSingle));
  if (fs::exists(single, ignored)) return FoundWeights{single, false};
  const fs::path index = directory / (stem + std::string(kIndex) + dotted(variant) + std::string(kJson));
  if (fs::exists(index, ignored)) return FoundWeights{index, true};
  return std::nullopt;
}

/// The text between two parts of a file name, when the name starts and ends with them.
std::optional<std::string> between(std::string_view name, std::string_view start, std::string_view end) {
  if (name.size() <= start.size() + end.size() || !name.starts_with(start) || !name.ends_with(end)) return std::nullopt;
  return std::string(name.substr(start.size(), name.size() - start.size() - end.size()));
}

std::set<std::string> variants_in(const fs::path& directory, const std::string& stem) {
  std::set<std::string> variants;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(directory, ignored)) {
    const std::string name = entry.path().filename().string();
    if (const auto index = between(name, stem + std::string(kIndex) + ".", kJson)) variants.insert(*index);
    const auto single = between(name, stem + ".", kSingle);
    if (single && single->find("-of-") == std::string::npos) variants.insert(*single);
  }
  return variants;
}

bool holds_pickles(const fs::path& directory) {
  constexpr std::array<std::string_view, 4> kPickled{".bin", ".ckpt", ".pt", ".pth"};
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(directory, ignored)) {
    for (const std::string_view extension : kPickled) {
      if (entry.path().extension() == extension) return true;
    }
  }
  return false;
}

}  // namespace

FoundWeights find_weights(const fs::path& directory, const WeightFiles& files) {
  if (auto found = find_variant(directory, files.stem, files.variant)) return *found;
  const std::set<std::string> variants = variants_in(directory, files.stem);
  if (files.variant.empty() && variants.size() == 1) return *find_variant(directory, files.stem, *variants.begin());
  if (variants.empty() && holds_pickles(directory)) {
    fail(Code::unsafe_file, "{}: only pickled weights are there, which can run code when they are read; convert them to {}.safetensors",
         directory.string(), files.stem);
  }
  const std::string wanted = files.stem + dotted(files.variant) + std::string(kSingle);
  const std::string there = variants.empty() ? "" : fmt::format("; variants that are there: {}", fmt::join(variants, ", "));
  fail(Code::not_found, "{}: neither {} nor an index of shards is there{}", directory.string(), wanted, there);
}

}  // namespace latentrt::io
