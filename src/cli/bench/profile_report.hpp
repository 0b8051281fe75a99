#pragma once
/// The time of a network, by kinds of nodes and by nodes.

#include <latentrt/benchmark.hpp>
#include <nlohmann/json.hpp>
#include <vector>

namespace latentrt::cli {

class ProfileReport {
 public:
  ProfileReport(const std::vector<NodeProfile>& nodes, const DevicePeaks& peaks);

  nlohmann::ordered_json to_json() const;
  void print() const;

 private:
  /// Sum over nodes: all of a kind, or a single one.
  struct Row {
    std::string name, kind, implementation;
    double seconds = 0;
    double flops = 0, bytes = 0;
    int nodes = 0;

    void add(const NodeProfile& node);
  };
  using Rows = std::vector<Row>;

  /// By kind, a kind with several implementations has several rows.
  static Rows slowest_first(const std::vector<NodeProfile>& nodes, bool by_kind);
  static nlohmann::ordered_json to_json(const Rows& rows);
  void print(const Rows& rows) const;

  DevicePeaks peaks_;
  Rows kinds_, singles_;
  double total_ = 0;
};

}  // namespace latentrt::cli
