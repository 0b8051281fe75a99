#include "sampling/rows.hpp"

#include <ATen/ops/cat.h>

#include <numeric>

namespace latentrt::sampling {

Rows row_range(std::int64_t first, std::int64_t count) {
  Rows rows(static_cast<std::size_t>(count));
  std::iota(rows.begin(), rows.end(), first);
  return rows;
}

Rows items_of(const RowTable& table) {
  Rows items;
  for (const Row& row : table) items.push_back(row.item);
  return items;
}

Rows rows_with(const RowTable& table, Role role) {
  Rows rows;
  for (std::size_t i = 0; i < table.size(); ++i)
    if (table[i].role == role) rows.push_back(static_cast<std::int64_t>(i));
  return rows;
}

Rows moved_rows(const RowTable& before, const RowTable& after, const Rows& from) {
  const auto place_before = [&](const Row& row) {
    const std::int64_t item = from[static_cast<std::size_t>(row.item)];
    for (std::size_t i = 0; i < before.size(); ++i)
      if (before[i].item == item && before[i].role == row.role) return static_cast<std::int64_t>(i);
    return kNewRow;
  };
  Rows places;
  for (const Row& row : after) places.push_back(place_before(row));
  return places;
}

std::vector<Cohort> cohorts_of(const std::vector<std::size_t>& steps) {
  std::vector<Cohort> cohorts;
  for (std::size_t item = 0; item < steps.size(); ++item) {
    if (cohorts.empty() || cohorts.back().step != steps[item])
      cohorts.push_back({steps[item], static_cast<std::int64_t>(item), 0});
    ++cohorts.back().count;
  }
  return cohorts;
}

at::Tensor rows_of(const Cohort& cohort, const at::Tensor& all) {
  const bool whole = !all.defined() || all.size(0) == cohort.count;
  return whole ? all : all.narrow(0, cohort.first, cohort.count);
}

at::Tensor cat_rows(const std::vector<at::Tensor>& parts) {
  return parts.size() == 1 ? parts.front() : at::cat(parts);
}

at::Tensor joined(const std::vector<SharedRow>& rows) {
  std::vector<at::Tensor> parts;
  for (std::size_t i = 0; i < rows.size();) {
    const SharedRow& first = rows[i];
    std::int64_t count = 1;
    for (; i + static_cast<std::size_t>(count) < rows.size(); ++count) {
      const SharedRow& next = rows[i + static_cast<std::size_t>(count)];
      if (!next.block.is_same(first.block) || next.row != first.row + count) break;
    }
    const bool whole = count == first.block.size(0);
    parts.push_back(whole ? first.block : first.block.narrow(0, first.row, count));
    i += static_cast<std::size_t>(count);
  }
  return cat_rows(parts);
}

at::Tensor select_rows(const at::Tensor& all, const Rows& rows) {
  std::vector<SharedRow> shared;
  for (const std::int64_t row : rows) shared.push_back({all, row});
  return joined(shared);
}

}  // namespace latentrt::sampling
