#pragma once
/// A warp emulated on the host: one thread holds the values of all 32 lanes, and does what the
/// hardware does in cuda_warp.h, with the layouts of the PTX ISA (ldmatrix, mma.m16n8k16).

#include <algorithm>
#include <array>
#include <barrier>
#include <cmath>
#include <cstring>
#include <vector>

#include "kernels/common/warp_words.h"

namespace latentrt::kernels {

class HostWarp {
 public:
  template <class V>
  using Lanes = std::array<V, kWarpLanes>;

  /// Late copies complete only when they are waited for, others at once: a kernel must work with
  /// both.
  HostWarp(int index, std::barrier<>& block, bool late_copies)
      : index_(index), block_(block), late_copies_(late_copies) {}

  template <class F>
  void each(F&& f) const {
    for (int lane = 0; lane < kWarpLanes; ++lane) f(lane);
  }

  int index() const { return index_; }
  void sync() const {}
  void sync_block() const { block_.arrive_and_wait(); }

  void copy_pack(unsigned char* shared, const unsigned char* source, bool wanted) const {
    if (late_copies_) {
      started_.push_back({shared, source, wanted});
    } else {
      copy({shared, source, wanted});
    }
  }
  void commit_copies() const {
    groups_.push_back(started_);
    started_.clear();
  }
  template <int kLeft>
  void wait_for_copies() const {
    while (groups_.size() > kLeft) {
      for (const Copy& one : groups_.front()) copy(one);
      groups_.erase(groups_.begin());
    }
  }

  template <class Address>
  void load_matrices(Lanes<Words<4>>& to, Address&& row) const {
    each([&](int lane) {
      for (int m = 0; m < 4; ++m)
        std::memcpy(&to[lane].w[m], row(8 * m + group_of(lane)) + 4 * place_of(lane), 4);
    });
  }
  template <int kCount, class Address>
  void load_transposed(std::array<Words<kCount>, kWarpLanes>& to, Address&& row) const {
    each([&](int lane) {
      for (int m = 0; m < kCount; ++m) {
        std::uint16_t pair[2];
        for (int j = 0; j < 2; ++j)
          std::memcpy(&pair[j], row(8 * m + 2 * place_of(lane) + j) + 2 * group_of(lane), 2);
        std::memcpy(&to[lane].w[m], pair, 4);
      }
    });
  }

  template <class T, int kFirst, int kCount>
  void multiply_add(Lanes<Sums>& sums, const Lanes<Words<4>>& a,
                    const std::array<Words<kCount>, kWarpLanes>& b) const {
    double left[16][16], right[16][8];
    each([&](int lane) {
      const int group = group_of(lane), place = place_of(lane);
      for (int j = 0; j < 2; ++j) {
        for (int w = 0; w < 4; ++w)
          left[group + 8 * (w % 2)][2 * place + 8 * (w / 2) + j] = half<T>(a[lane].w[w], j);
        for (int w = 0; w < 2; ++w)
          right[2 * place + 8 * w + j][group] = half<T>(b[lane].w[kFirst + w], j);
      }
    });
    each([&](int lane) {
      for (int i = 0; i < 4; ++i) {
        const int row = group_of(lane) + 8 * (i / 2), column = 2 * place_of(lane) + i % 2;
        double sum = 0;
        for (int k = 0; k < 16; ++k) sum += left[row][k] * right[k][column];
        sums[lane].c[i] += static_cast<float>(sum);
      }
    });
  }

  void group_max(Lanes<float>& of) const {
    exchange(of, [](float a, float b) { return std::fmax(a, b); });
  }
  void group_sum(Lanes<float>& of) const {
    exchange(of, [](float a, float b) { return a + b; });
  }
  bool any(const Lanes<bool>& of) const {
    return std::any_of(of.begin(), of.end(), [](bool one) { return one; });
  }

  static float exp2(float x) {
    const float y = std::exp2(x);
    return y < 0x1p-126F ? 0.0F : y;
  }
  template <class T>
  static Pack<T, 2> pair(float first, float second) {
    return {{from_float<T>(first), from_float<T>(second)}};
  }

 private:
  struct Copy {
    unsigned char* shared;
    const unsigned char* source;
    bool wanted;
  };

  static void copy(const Copy& one) {
    if (one.wanted) {
      std::memcpy(one.shared, one.source, 16);
    } else {
      std::memset(one.shared, 0, 16);
    }
  }
  template <class T>
  static double half(std::uint32_t word, int j) {
    return to_float(T{static_cast<std::uint16_t>(word >> (16 * j))});
  }
  template <class Operation>
  static void exchange(Lanes<float>& of, Operation&& operation) {
    for (const int other : {1, 2}) {
      const Lanes<float> before = of;
      for (int lane = 0; lane < kWarpLanes; ++lane)
        of[lane] = operation(before[lane], before[lane ^ other]);
    }
  }

  int index_;
  std::barrier<>& block_;
  bool late_copies_;
  mutable std::vector<Copy> started_;
  mutable std::vector<std::vector<Copy>> groups_;
};

}  // namespace latentrt::kernels
