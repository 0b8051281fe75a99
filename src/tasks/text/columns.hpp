#pragma once
/// Copies answers out of the tensors of a state.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "sampling/rows.hpp"

namespace latentrt::pipeline {

/// Copies the last `count` columns of each row to dst[items[row]].
template <class Value>
void put_columns(const at::Tensor& rows, std::int64_t count, const sampling::Rows& items,
                 std::vector<std::vector<Value>>& dst) {
  const at::Tensor all = rows.slice(1, rows.size(1) - count).to(at::kCPU).contiguous();
  const auto* data = all.const_data_ptr<Value>();
  for (const std::int64_t item : items) {
    dst.at(static_cast<std::size_t>(item)).assign(data, data + count);
    data += count;
  }
}

/// Returns the last `count` columns of all rows.
template <class Value>
std::vector<std::vector<Value>> last_columns(const at::Tensor& rows, std::int64_t count) {
  std::vector<std::vector<Value>> columns(static_cast<std::size_t>(rows.size(0)));
  put_columns(rows, count, sampling::row_range(0, rows.size(0)), columns);
  return columns;
}

}  // namespace latentrt::pipeline
