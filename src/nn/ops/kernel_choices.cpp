#include "nn/ops/kernel_choices.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/fail.hpp"
#include "base/quote.hpp"

namespace latentrt::nn {
namespace {

using nlohmann::ordered_json;

/// Largest distance of two comparable sizes, as a power of two.
constexpr double kFarthest = 1;

std::optional<std::int64_t> find(const std::vector<Extent>& shape, std::string_view name) {
  const auto found = std::ranges::find(shape, name, &Extent::name);
  return found == shape.end() ? std::nullopt : std::optional(found->value);
}

/// Distance between the measured and the requested shape, in powers of two summed over all sizes;
/// empty if they are not comparable.
std::optional<double> distance(const Measurement& measured, const ShapeClass& asked) {
  double total = 0;
  for (const ShapeClass::Size& size : asked.sizes) {
    const std::optional<std::int64_t> value = find(measured.shape, size.name);
    if (!value || (size.exact && *value != size.value)) return std::nullopt;
    if (size.exact) continue;
    const double doublings =
        std::abs(std::log2(static_cast<double>(size.value) / static_cast<double>(*value)));
    if (!(doublings <= kFarthest)) return std::nullopt;
    total += doublings;
  }
  return total;
}

/// A number in a table, which must be positive.
template <class Number>
Number positive(const ordered_json& value) {
  const auto number = value.get<double>();
  if (!(number > 0) || !std::isfinite(number)) fail(Code::bad_file, "{} is not above zero", number);
  return value.get<Number>();
}

Measurement measurement_of(const ordered_json& table, const ordered_json& line) {
  Measurement one{.operation = table.at("operation"),
                  .gpu = table.at("gpu"),
                  .capability = positive<int>(table.at("capability")),
                  .dtype = dtype_from_name(line.at("dtype").get<std::string>()),
                  .shape = {},
                  .own_us = positive<double>(line.at("own_us")),
                  .library_us = positive<double>(line.at("library_us"))};
  for (const auto& [name, value] : line.at("shape").items())
    one.shape.push_back({name, value.get<std::int64_t>()});
  if (one.shape.empty()) fail(Code::bad_file, "a measurement has no shape");
  if (std::ranges::any_of(one.shape, [](const Extent& extent) { return extent.value < 0; }))
    fail(Code::bad_file, "a size is below zero at {}", one.shape_name());
  return one;
}

void add_table(std::vector<Measurement>& measurements, std::string_view text) {
  try {
    const ordered_json table = ordered_json::parse(text);
    for (const ordered_json& line : table.at("measurements"))
      measurements.push_back(measurement_of(table, line));
  } catch (const std::exception& error) {
    fail(Code::bad_file, "a table of measured kernels that begins with {} is broken: {}",
         quote(text.substr(0, 60)), error.what());
  }
}

bool same_class(const Measurement& a, const Measurement& b) {
  const auto same_shape = [](const Extent& of_a, const Extent& of_b) {
    return of_a.name == of_b.name && of_a.value == of_b.value;
  };
  return a.operation == b.operation && a.capability == b.capability && a.dtype == b.dtype &&
         std::ranges::equal(a.shape, b.shape, same_shape);
}

}  // namespace

std::string Measurement::shape_name() const {
  std::string name;
  for (const Extent& extent : shape)
    name += fmt::format("{}{} {}", name.empty() ? "" : ", ", extent.name, extent.value);
  return name;
}

std::string Choice::reason() const {
  if (measured == nullptr)
    return gpu_was_measured ? "no shape like it was measured on this GPU"
                            : "not measured on this GPU";
  return fmt::format("ours takes {:.2f} of the library's time at {} ({})",
                     measured->own_us / measured->library_us, measured->shape_name(),
                     measured->gpu);
}

KernelChoices::KernelChoices(std::vector<Measurement> measurements)
    : measurements_(std::move(measurements)) {
  for (auto one = measurements_.begin(); one != measurements_.end(); ++one) {
    const auto same = [&](const Measurement& other) { return same_class(*one, other); };
    if (std::any_of(measurements_.begin(), one, same))
      fail(Code::bad_file, "kernels were measured twice: {} in {} on capability {} at {}",
           one->operation, name_of(one->dtype), one->capability, one->shape_name());
  }
}

KernelChoices KernelChoices::from_tables(std::span<const std::string_view> tables) {
  std::vector<Measurement> measurements;
  for (const std::string_view text : tables) add_table(measurements, text);
  return KernelChoices(std::move(measurements));
}

Choice KernelChoices::choose(const ShapeClass& asked) const {
  Choice choice;
  double nearest = 0;
  for (const Measurement& one : measurements_) {
    if (one.operation != asked.operation || one.capability != asked.capability) continue;
    choice.gpu_was_measured = true;
    if (one.dtype != asked.dtype) continue;
    const std::optional<double> away = distance(one, asked);
    if (!away || (choice.measured != nullptr && *away >= nearest)) continue;
    nearest = *away;
    choice.measured = &one;
  }
  choice.own_kernel =
      choice.measured != nullptr && choice.measured->own_us < choice.measured->library_us;
  return choice;
}

}  // namespace latentrt::nn
