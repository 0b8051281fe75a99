#include "nn/weights/stored_check.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <ranges>
#include <string>
#include <vector>

#include "base/fail.hpp"

namespace latentrt::nn {
namespace {

constexpr std::size_t kNamesShown = 10;

/// The shape as the network uses it.
std::vector<std::int64_t> shape_of(const io::StoredTensor& stored) {
  std::vector<std::int64_t> shape = stored.info.shape;
  if (stored.transposed) std::reverse(shape.begin(), shape.end());
  return shape;
}

/// True when both are the same shape up to trailing ones.
bool same_map(const std::vector<std::int64_t>& stored, const std::vector<std::int64_t>& expected) {
  if (stored.size() < expected.size()) return false;
  return std::equal(expected.begin(), expected.end(), stored.begin()) &&
         std::all_of(stored.begin() + static_cast<std::ptrdiff_t>(expected.size()), stored.end(),
                     [](std::int64_t extent) { return extent == 1; });
}

/// A file may contain another object under a tensor's name.
void refuse_other(const io::WeightMap& stored, const std::string& name,
                  std::string_view component) {
  const std::string other = stored.other(name);
  if (other.empty()) return;
  fail(Code::invalid_argument, "{}: tensor \"{}\" in {} is {}", component, name,
       stored.path().string(), other);
}

}  // namespace

std::string shown_names(const std::vector<std::string>& names) {
  const auto first = names.begin();
  const auto last = first + static_cast<std::ptrdiff_t>(std::min(names.size(), kNamesShown));
  const std::string more =
      names.size() > kNamesShown ? fmt::format(" and {} more", names.size() - kNamesShown) : "";
  return fmt::format("\"{}\"{}", fmt::join(first, last, "\", \""), more);
}

void check_stored(const WeightTable& wanted, const io::WeightMap& stored,
                  std::string_view component) {
  std::vector<std::string> missing;
  for (const WeightSpec& spec : stored_tensors(wanted)) {
    const io::StoredTensor* tensor = stored.find(spec.name);
    if (!tensor) {
      refuse_other(stored, spec.name, component);
      missing.push_back(spec.name);
    } else if (!same_map(shape_of(*tensor), spec.shape)) {
      fail(Code::invalid_argument, "{}: tensor \"{}\" in {} has shape [{}], expected [{}]",
           component, spec.name, tensor->file.path().string(), fmt::join(shape_of(*tensor), ","),
           fmt::join(spec.shape, ","));
    }
  }
  if (!missing.empty()) {
    fail(Code::invalid_argument, "{}: {} lacks {} of {} tensors: {}", component,
         stored.path().string(), missing.size(), stored_tensors(wanted).size(),
         shown_names(missing));
  }
}

}  // namespace latentrt::nn
