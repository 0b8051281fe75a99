#include "cli/latentrt/measured_unet.hpp"

#include <fmt/format.h>

#include <cmath>
#include <fstream>
#include <latentrt/error.hpp>
#include <nlohmann/json.hpp>

namespace latentrt::cli {
namespace {

using nlohmann::json;

int whole_number(const json& report, const char* key) {
  constexpr std::int64_t kMost = 1 << 20;
  const json& value = report.at(key);
  if (!value.is_number_integer() || value < 1 || value > kMost)
    throw Error(Code::bad_file, fmt::format("\"{}\" is not a number from 1 to {}", key, kMost));
  return value.get<int>();
}

NodeProfile node_of(const json& row) {
  NodeProfile node;
  node.name = row.at("name").get<std::string>();
  node.seconds = 1e-3 * row.at("ms").get<double>();
  if (!std::isfinite(node.seconds) || node.seconds < 0)
    throw Error(Code::bad_file, "a node's time in milliseconds is negative or not a number");
  return node;
}

MeasuredUnet unet_of(const json& report) {
  MeasuredUnet unet{.width = whole_number(report, "width"),
                    .height = whole_number(report, "height"),
                    .rows = whole_number(report, "batch"),
                    .nodes = {}};
  for (const json& row : report.at("profile").at("nodes")) unet.nodes.push_back(node_of(row));
  return unet;
}

}  // namespace

MeasuredUnet read_measured_unet(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw Error(Code::not_found, fmt::format("{}: no such file", file));
  try {
    return unet_of(json::parse(stream));
  } catch (const std::exception& error) {
    throw Error(
        Code::bad_file,
        fmt::format("{}: not what latentrt-bench --profile --json prints: {}", file, error.what()));
  }
}

}  // namespace latentrt::cli
