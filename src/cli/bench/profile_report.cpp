#include "cli/bench/profile_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <string>

namespace latentrt::cli {

void ProfileReport::Row::add(const NodeProfile& node) {
  seconds += node.seconds;
  flops += static_cast<double>(node.flops);
  bytes += static_cast<double>(node.bytes);
  ++nodes;
}

ProfileReport::ProfileReport(const std::vector<NodeProfile>& nodes, const DevicePeaks& peaks)
    : peaks_(peaks), kinds_(slowest_first(nodes, true)), singles_(slowest_first(nodes, false)) {
  for (const Row& row : kinds_) total_ += row.seconds;
}

ProfileReport::Rows ProfileReport::slowest_first(const std::vector<NodeProfile>& nodes,
                                                 bool by_kind) {
  std::map<std::string, Row> rows;
  for (const NodeProfile& node : nodes) {
    Row& row = rows[by_kind ? node.kind + node.implementation : node.name];
    row.name = by_kind ? node.kind : node.name;
    row.kind = node.kind;
    row.implementation = node.implementation;
    row.add(node);
  }
  Rows sorted;
  for (auto& [name, row] : rows) sorted.push_back(std::move(row));
  std::ranges::sort(sorted, std::greater{}, &Row::seconds);
  return sorted;
}

nlohmann::ordered_json ProfileReport::to_json(const Rows& rows) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const Row& row : rows) {
    json.push_back({{"name", row.name},
                    {"kind", row.kind},
                    {"implementation", row.implementation},
                    {"nodes", row.nodes},
                    {"ms", 1e3 * row.seconds},
                    {"gflop_per_s", row.flops / row.seconds / 1e9},
                    {"gb_per_s", row.bytes / row.seconds / 1e9}});
  }
  return json;
}

nlohmann::ordered_json ProfileReport::to_json() const {
  return {{"total_s", total_},
          {"peak_gflop_per_s", peaks_.flops_per_s / 1e9},
          {"peak_gb_per_s", peaks_.bytes_per_s / 1e9},
          {"kinds", to_json(kinds_)},
          {"nodes", to_json(singles_)}};
}

void ProfileReport::print(const Rows& rows) const {
  for (const Row& row : rows) {
    fmt::print(
        "{:<52} {:>4} {:>9.3f} ms {:>5.1f} %  {:>8.1f} GFLOP/s {:>4.0f} %  {:>6.1f} GB/s {:>4.0f} "
        "%  {}\n",
        row.name, row.nodes, 1e3 * row.seconds, 100 * row.seconds / total_,
        row.flops / row.seconds / 1e9, 100 * row.flops / row.seconds / peaks_.flops_per_s,
        row.bytes / row.seconds / 1e9, 100 * row.bytes / row.seconds / peaks_.bytes_per_s,
        row.implementation);
  }
}

void ProfileReport::print() const {
  constexpr std::size_t kNodesShown = 20;
  fmt::print("{} nodes, {:.2f} ms; this machine reaches {:.1f} GFLOP/s and {:.1f} GB/s\n",
             singles_.size(), 1e3 * total_, peaks_.flops_per_s / 1e9, peaks_.bytes_per_s / 1e9);
  print(kinds_);
  fmt::print("the slowest nodes:\n");
  print({singles_.begin(),
         singles_.begin() + static_cast<std::ptrdiff_t>(std::min(singles_.size(), kNodesShown))});
}

}  // namespace latentrt::cli
