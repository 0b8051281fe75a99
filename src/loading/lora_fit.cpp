#include "loading/lora_fit.hpp"

#include <algorithm>
#include <functional>
#include <numeric>

namespace latentrt::pipeline {
namespace {

using io::LoraKind;
using io::LoraModule;
using Part = io::LoraPart;

/// A tensor as a matrix: its first extent, and all others together.
struct Matrix {
  std::int64_t rows, columns;
};

Matrix matrix(const Shape& shape) { return {shape[0], element_count(shape) / shape[0]}; }

Matrix matrix_of(const LoraModule& module, Part part) { return matrix(module.find(part)->shape); }

bool is_product(std::int64_t product, std::int64_t a, std::int64_t b) {
  return product % a == 0 && product / a == b;
}

bool has_no_empty_tensor(const LoraModule& module) {
  return std::all_of(module.parts.begin(), module.parts.end(), [](const auto& entry) {
    const Shape& shape = entry.second->shape;
    return entry.first == Part::alpha || (!shape.empty() && element_count(shape) > 0);
  });
}

/// A convolution kernel between two matrices with `outer` rows and `inner` channels.
bool is_core(const Shape& core, std::int64_t outer, std::int64_t inner, const Shape& weight) {
  return weight.size() == 4 && core == Shape{outer, inner, weight[2], weight[3]};
}

bool low_rank_fits(const LoraModule& module, const Shape& weight) {
  const Matrix up = matrix_of(module, Part::up), down = matrix_of(module, Part::down);
  if (up.rows != weight[0]) return false;
  const io::TensorInfo* const mid = module.find(Part::mid);
  if (mid) return is_core(mid->shape, up.columns, down.rows, weight) && down.columns == weight[1];
  return up.columns == down.rows && down.columns == matrix(weight).columns;
}

/// a x b, with or without a core, has the rows and columns of the weight.
bool factors_fit(const LoraModule& module, Part a_part, Part b_part, Part core_part,
                 const Shape& weight) {
  const Matrix a = matrix_of(module, a_part), b = matrix_of(module, b_part);
  const io::TensorInfo* const core = module.find(core_part);
  if (core) {
    return is_core(core->shape, a.rows, b.rows, weight) && a.columns == weight[0] &&
           b.columns == weight[1];
  }
  return a.rows == weight[0] && a.columns == b.rows && b.columns == matrix(weight).columns;
}

bool hadamard_fits(const LoraModule& module, const Shape& weight) {
  return factors_fit(module, Part::w1_a, Part::w1_b, Part::t1, weight) &&
         factors_fit(module, Part::w2_a, Part::w2_b, Part::t2, weight);
}

/// One factor of a Kronecker product: a matrix, or a convolution kernel if `kernel` is not empty.
struct Side {
  std::int64_t rows, columns;
  Shape kernel{};
};

std::optional<Side> factored_side(const LoraModule& module, Part a_part, Part b_part) {
  const Matrix a = matrix_of(module, a_part), b = matrix_of(module, b_part);
  if (a.columns != b.rows) return std::nullopt;
  return Side{a.rows, b.columns};
}

std::optional<Side> cored_side(const LoraModule& module, const Shape& core) {
  const Matrix a = matrix_of(module, Part::k2_a), b = matrix_of(module, Part::k2_b);
  if (core.size() != 4 || core[0] != a.rows || core[1] != b.rows) return std::nullopt;
  return Side{a.columns, b.columns, {core[2], core[3]}};
}

std::optional<Side> first_side(const LoraModule& module) {
  const io::TensorInfo* const whole = module.find(Part::k1);
  if (!whole) return factored_side(module, Part::k1_a, Part::k1_b);
  if (whole->shape.size() != 2) return std::nullopt;
  return Side{whole->shape[0], whole->shape[1]};
}

std::optional<Side> second_side(const LoraModule& module) {
  if (const io::TensorInfo* const core = module.find(Part::k_t2))
    return cored_side(module, core->shape);
  const io::TensorInfo* const whole = module.find(Part::k2);
  if (!whole) return factored_side(module, Part::k2_a, Part::k2_b);
  const Shape& shape = whole->shape;
  if (shape.size() == 2) return Side{shape[0], shape[1]};
  if (shape.size() != 4) return std::nullopt;
  return Side{shape[0], shape[1], {shape[2], shape[3]}};
}

bool kronecker_fits(const LoraModule& module, const Shape& weight) {
  const auto first = first_side(module), second = second_side(module);
  if (!first || !second || !is_product(weight[0], first->rows, second->rows)) return false;
  if (second->kernel.empty())
    return is_product(matrix(weight).columns, first->columns, second->columns);
  const Shape kernel = weight.size() == 4 ? Shape{weight[2], weight[3]} : Shape{1, 1};
  return second->kernel == kernel && is_product(weight[1], first->columns, second->columns);
}

bool kind_fits(const LoraModule& module, const Shape& weight) {
  const bool is_matrix = weight.size() == 2 || weight.size() == 4;
  switch (module.kind()) {
    case LoraKind::none:
      return true;
    case LoraKind::low_rank:
      return is_matrix && low_rank_fits(module, weight);
    case LoraKind::hadamard:
      return is_matrix && hadamard_fits(module, weight);
    case LoraKind::kronecker:
      return is_matrix && kronecker_fits(module, weight);
    case LoraKind::full:
      return element_count(module.find(Part::diff)->shape) == element_count(weight) &&
             module.find(Part::diff)->shape[0] == weight[0];
    case LoraKind::replaced:
      return module.find(Part::new_weight)->shape == weight;
  }
  return false;
}

}  // namespace

bool lora_fits(const LoraModule& module, const Shape& weight) {
  if (!has_no_empty_tensor(module) || !kind_fits(module, weight)) return false;
  return !magnitude_of(module) || !magnitude_shape(module, weight).empty();
}

std::optional<double> lora_rank(const LoraModule& module) {
  for (const Part part : {Part::down, Part::w1_b, Part::k2_b, Part::k1_b}) {
    if (const io::TensorInfo* const factor = module.find(part))
      return static_cast<double>(factor->shape[0]);
  }
  return std::nullopt;
}

const io::TensorInfo* magnitude_of(const LoraModule& module) {
  const io::TensorInfo* const rows = module.find(Part::magnitude);
  return rows ? rows : module.find(Part::dora_scale);
}

Shape magnitude_shape(const LoraModule& module, const Shape& weight) {
  if (weight.size() < 2) return {};
  const Shape& stored = magnitude_of(module)->shape;
  const std::int64_t count = element_count(stored);
  Shape shape(weight.size(), 1);
  const bool by_rows =
      count == weight[0] && (module.find(Part::magnitude) || stored[0] == weight[0]);
  const bool by_columns = stored.size() > 1 && stored[1] == weight[1] && count == weight[1];
  if (!by_rows && !by_columns) return {};
  shape[by_rows ? 0 : 1] = count;
  return shape;
}

std::int64_t element_count(const Shape& shape) {
  if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return 0;
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

}  // namespace latentrt::pipeline
