#include "cli/support/boxes.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <latentrt/error.hpp>
#include <nlohmann/json.hpp>

#include "cli/pictures/regular_file.hpp"

namespace latentrt::cli {
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t kMaxBytes = 1U << 20;

bool is_class(const Json& json) {
  const bool fits = !json.is_number_unsigned() || json.get<std::uint64_t>() <= INT64_MAX;
  return json.is_number_integer() && fits;
}

LayoutBox box_of(const Json& json) {
  const Json& sides = json.at("box");
  if (!is_class(json.at("class")) || !sides.is_array() || sides.size() != 4)
    throw std::invalid_argument("");
  LayoutBox box{.class_label = json.at("class").get<std::int64_t>(), .box = {}};
  for (std::size_t i = 0; i < box.box.size(); ++i) {
    if (!sides[i].is_number()) throw std::invalid_argument("");
    box.box[i] = sides[i].get<double>();
  }
  return box;
}

}  // namespace

std::vector<LayoutBox> read_boxes(const std::filesystem::path& file) {
  const Json json = Json::parse(read_regular(file, kMaxBytes), nullptr, false);
  if (!json.is_array()) {
    throw Error(
        Code::bad_file,
        fmt::format("{}: not a JSON list of boxes, [{{\"class\": 3, \"box\": [0.1, 0.2, 0.5, "
                    "0.9]}}, ...]",
                    file.string()));
  }
  std::vector<LayoutBox> boxes;
  for (const Json& each : json) {
    try {
      boxes.push_back(box_of(each));
    } catch (const std::exception&) {
      throw Error(Code::bad_file,
                  fmt::format("{}: box {} is not {{\"class\": number, \"box\": [left, top, right, "
                              "bottom]}}",
                              file.string(), boxes.size() + 1));
    }
  }
  return boxes;
}

}  // namespace latentrt::cli
