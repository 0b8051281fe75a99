#include "nn/ops/host_attention.hpp"

#include <ATen/native/CPUBlas.h>
#include <ATen/ops/empty.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/softmax_rows/softmax_rows.h"
#include "nn/in_parallel.hpp"

namespace latentrt::nn {
namespace {

namespace blas = at::native::cpublas;
using at::BFloat16;

/// Queries per block. With fewer than two blocks, packing the keys is not worth it.
constexpr std::int64_t kBlock = 64, kMinQueries = 2 * kBlock;
constexpr std::int64_t kMaxKeys = 128;
constexpr std::int64_t kMaxHeadSize = 256;
/// Columns of a packed matrix that are stored together; the number of columns is rounded up to it.
constexpr std::int64_t kPanel = 64, kPanelGrain = 16;

constexpr std::int64_t rounded_up(std::int64_t size, std::int64_t multiple) {
  return (size + multiple - 1) / multiple * multiple;
}

/// Offset of a head's elements in tokens [N,L,C].
struct Heads {
  const BFloat16* data;
  std::int64_t batch_stride, token_stride, head_size;

  Heads(const at::Tensor& tokens, std::int64_t heads)
      : data(tokens.const_data_ptr<BFloat16>()),
        batch_stride(tokens.stride(0)),
        token_stride(tokens.stride(1)),
        head_size(tokens.size(2) / heads) {}
  const BFloat16* of(std::int64_t picture, std::int64_t head, std::int64_t token = 0) const {
    return data + picture * batch_stride + token * token_stride + head * head_size;
  }
};

struct Sizes {
  std::int64_t pictures, heads, queries, keys, head_size;
  std::int64_t even_keys;  ///< elements are multiplied in pairs
  /// of scores: not a power of two, because a column's elements would then share one cache set
  std::int64_t stride;

  explicit Sizes(const AttentionCall& call)
      : pictures(call.q.size(0)),
        heads(call.heads),
        queries(call.q.size(1)),
        keys(call.k.size(1)),
        head_size(call.q.size(2) / call.heads),
        even_keys(rounded_up(keys, 2)),
        stride(rounded_up(keys, kPanel) + kernels::kSoftmaxPack) {}
};

/// The right operand of a product, [depth, width], in panels of up to 64 columns, as oneDNN reads
/// it.
struct Panels {
  std::int64_t depth, width;

  std::int64_t size() const { return depth * rounded_up(width, kPanelGrain); }
  std::int64_t columns(std::int64_t first) const { return std::min(kPanel, width - first); }
  std::int64_t stride(std::int64_t first) const { return rounded_up(columns(first), kPanelGrain); }

  void pack(const BFloat16* src, BFloat16* dst) const {
    for (std::int64_t first = 0; first < width; first += kPanel)
      blas::pack(depth, columns(first), width, stride(first), at::kBFloat16, at::kBFloat16,
                 src + first, dst + depth * first);
  }
  /// dst [rows, dst_stride] = left [rows, left_stride] times the matrix.
  void multiply(std::int64_t rows, const BFloat16* left, std::int64_t left_stride,
                const BFloat16* packed, float* dst, std::int64_t dst_stride) const {
    for (std::int64_t first = 0; first < width; first += kPanel)
      blas::brgemm(rows, columns(first), depth, left_stride, stride(first), dst_stride, false, left,
                   packed + depth * first, dst + first);
  }
};

/// Transposed keys, and values, of all heads.
class PackedHeads {
 public:
  PackedHeads(const AttentionCall& call, const Sizes& sizes)
      : of_keys{sizes.head_size, sizes.keys},
        of_values{sizes.even_keys, sizes.head_size},
        keys_(at::empty({sizes.pictures * sizes.heads, of_keys.size()}, call.k.options())),
        values_(at::empty({sizes.pictures * sizes.heads, of_values.size()}, call.v.options())) {
    const Heads k(call.k, call.heads), v(call.v, call.heads);
    in_parallel(sizes.pictures * sizes.heads, [&](std::int64_t begin, std::int64_t end) {
      // An odd number of values is padded with a row of zeros.
      std::vector<BFloat16> across(static_cast<std::size_t>(sizes.head_size * sizes.keys));
      std::vector<BFloat16> even(static_cast<std::size_t>(sizes.even_keys * sizes.head_size));
      for (std::int64_t i = begin; i < end; ++i) {
        for (std::int64_t token = 0; token < sizes.keys; ++token) {
          const BFloat16* const key = k.of(i / sizes.heads, i % sizes.heads, token);
          for (std::int64_t c = 0; c < sizes.head_size; ++c)
            across[static_cast<std::size_t>(c * sizes.keys + token)] = key[c];
          std::copy_n(v.of(i / sizes.heads, i % sizes.heads, token), sizes.head_size,
                      even.data() + token * sizes.head_size);
        }
        of_keys.pack(across.data(), row(keys_, i));
        of_values.pack(even.data(), row(values_, i));
      }
    });
  }

  const BFloat16* keys(std::int64_t i) const { return row(keys_, i); }
  const BFloat16* values(std::int64_t i) const { return row(values_, i); }

  const Panels of_keys, of_values;

 private:
  static BFloat16* row(const at::Tensor& packed, std::int64_t i) {
    return packed.data_ptr<BFloat16>() + i * packed.size(1);
  }

  const at::Tensor keys_, values_;
};

/// Scratch memory of a thread for one block.
struct Room {
  std::vector<float> scores, made, inverse;
  std::vector<BFloat16> shares;

  explicit Room(const Sizes& sizes)
      : scores(static_cast<std::size_t>(kBlock * sizes.stride)),
        made(static_cast<std::size_t>(kBlock * sizes.head_size)),
        inverse(kBlock),
        shares(static_cast<std::size_t>(kBlock * sizes.stride)) {}
};

void attend_block(const Sizes& sizes, const Heads& q, const PackedHeads& packed, std::int64_t i,
                  std::int64_t first, BFloat16* dst, Room& room) {
  const std::int64_t rows = std::min(kBlock, sizes.queries - first);
  packed.of_keys.multiply(rows, q.of(i / sizes.heads, i % sizes.heads, first), q.token_stride,
                          packed.keys(i), room.scores.data(), sizes.stride);
  kernels::softmax_rows_host({.scores = room.scores.data(),
                              .dtype = DType::bf16,
                              .dst = room.shares.data(),
                              .inverse = room.inverse.data(),
                              .rows = rows,
                              .count = sizes.keys,
                              .stride = sizes.stride,
                              .scale = 1 / std::sqrt(static_cast<float>(sizes.head_size))});
  packed.of_values.multiply(rows, room.shares.data(), sizes.stride, packed.values(i),
                            room.made.data(), sizes.head_size);
  const std::int64_t channels = sizes.heads * sizes.head_size;
  kernels::scale_rows_host({.src = room.made.data(),
                            .factors = room.inverse.data(),
                            .dtype = DType::bf16,
                            .dst = dst + ((i / sizes.heads) * sizes.queries + first) * channels +
                                   (i % sizes.heads) * sizes.head_size,
                            .rows = rows,
                            .count = sizes.head_size,
                            .stride = channels});
}

}  // namespace

std::string host_refusal(const AttentionCall& call) {
  if (call.q.scalar_type() != at::kBFloat16) return "our blocks are in bf16";
  if (!blas::could_pack(at::kBFloat16)) return "this processor has no AMX";
  if (std::string refusal = own_refusal(call); !refusal.empty()) return refusal;
  const Sizes sizes(call);
  if (sizes.keys < 1 || sizes.keys > kMaxKeys || sizes.queries < kMinQueries)
    return fmt::format("our blocks are for at most {} keys and at least {} queries", kMaxKeys,
                       kMinQueries);
  if (sizes.head_size % 2 != 0 || sizes.head_size > kMaxHeadSize)
    return fmt::format("our blocks are for even head sizes up to {}", kMaxHeadSize);
  return "";
}

at::Tensor attend_on_host(const AttentionCall& call) {
  const Sizes sizes(call);
  at::Tensor y = at::empty(call.q.sizes(), call.q.options());
  const PackedHeads packed(call, sizes);
  const Heads q(call.q, call.heads);
  const std::int64_t blocks = (sizes.queries + kBlock - 1) / kBlock;
  in_parallel(sizes.pictures * sizes.heads * blocks, [&](std::int64_t begin, std::int64_t end) {
    Room room(sizes);
    for (std::int64_t j = begin; j < end; ++j)
      attend_block(sizes, q, packed, j / blocks, j % blocks * kBlock, y.data_ptr<BFloat16>(), room);
    blas::brgemm_release();
  });
  return y;
}

}  // namespace latentrt::nn
