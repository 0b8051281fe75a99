#pragma once
/// Rows of a network call: the item of the state that each one is computed for, and the location of
/// its values.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace latentrt::sampling {

/// The role of a row in guidance.
enum class Role : std::uint8_t { unconditional, conditional };

/// One row of a call: an item of the state, the step that the item is at, and the row's role.
struct Row {
  std::int64_t item;
  std::size_t step;
  Role role;
};
/// All rows of a call: those of the unconditional role first, and within each role in the order of
/// the items.
using RowTable = std::vector<Row>;

/// Indices of rows or items. In a move: the former index of each one, or kNewRow for a new one.
using Rows = std::vector<std::int64_t>;
inline constexpr std::int64_t kNewRow = -1;

/// `count` indices from `first` on.
Rows row_range(std::int64_t first, std::int64_t count);

/// The item of each row.
Rows items_of(const RowTable& table);
/// The rows of one role.
Rows rows_with(const RowTable& table, Role role);
/// Former index in `before` of each row of `after`, if item i is the former item from[i].
Rows moved_rows(const RowTable& before, const RowTable& after, const Rows& from);

/// Consecutive items at the same step.
struct Cohort {
  std::size_t step;
  std::int64_t first, count;
};
std::vector<Cohort> cohorts_of(const std::vector<std::size_t>& steps);
/// The cohort's rows of a tensor with a row for each item; an undefined tensor stays undefined.
at::Tensor rows_of(const Cohort& cohort, const at::Tensor& all);
/// Concatenates the tensors; a single one is returned as it is.
at::Tensor cat_rows(const std::vector<at::Tensor>& parts);
/// Concatenates `of_cohort(cohort)` [count,...] for all cohorts to a tensor with a row for each
/// item.
template <class OfCohort>
at::Tensor by_cohort(const std::vector<std::size_t>& steps, const OfCohort& of_cohort) {
  std::vector<at::Tensor> parts;
  for (const Cohort& cohort : cohorts_of(steps)) parts.push_back(of_cohort(cohort));
  return cat_rows(parts);
}

/// A row of a tensor that may have other rows too.
struct SharedRow {
  at::Tensor block;
  std::int64_t row = 0;
};
/// The rows as one tensor. Consecutive rows of one block are copied together; if they are all rows
/// of a block, the block itself is returned.
at::Tensor joined(const std::vector<SharedRow>& rows);
/// These rows of a tensor; the tensor itself if they are all of its rows, in order.
at::Tensor select_rows(const at::Tensor& all, const Rows& rows);

}  // namespace latentrt::sampling
