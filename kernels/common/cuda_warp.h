#pragma once
/// A warp, by PTX instructions of compute capability 8.0 and later. For .cu files only.
///
/// Code written against a Warp keeps the values of each lane in Lanes<V> and says in each() what
/// each lane does; the other functions are collective. So the same code runs with a Warp of the
/// host that holds all 32 lanes.

#include <cstdint>

#include "kernels/common/warp_words.h"

namespace latentrt::kernels {

struct CudaWarp {
  template <class V>
  class Lanes {
   public:
    __device__ __forceinline__ V& operator[](int) { return value_; }
    __device__ __forceinline__ const V& operator[](int) const { return value_; }

   private:
    V value_;
  };

  /// Calls f(lane) for every lane.
  template <class F>
  __device__ __forceinline__ void each(F&& f) const {
    f(static_cast<int>(threadIdx.x) % kWarpLanes);
  }

  __device__ __forceinline__ int index() const {
    return static_cast<int>(threadIdx.x) / kWarpLanes;
  }
  __device__ __forceinline__ void sync() const { __syncwarp(); }
  __device__ __forceinline__ void sync_block() const { __syncthreads(); }

  /// Starts a copy of 16 bytes to shared memory; copies zeros unless wanted.
  __device__ __forceinline__ void copy_pack(unsigned char* shared, const unsigned char* source,
                                            bool wanted) const {
    const int bytes = wanted ? 16 : 0;
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(address(shared)),
                 "l"(source), "r"(bytes)
                 : "memory");
  }
  /// Forms a group of the copies started since the last group.
  __device__ __forceinline__ void commit_copies() const {
    asm volatile("cp.async.commit_group;" ::: "memory");
  }
  /// Waits for this lane's groups, except the last kLeft.
  template <int kLeft>
  __device__ __forceinline__ void wait_for_copies() const {
    asm volatile("cp.async.wait_group %0;" ::"n"(kLeft) : "memory");
  }

  /// Four (two) matrices of 8 x 8 16-bit elements: lane 8i + r passes the address of row r of
  /// matrix i, whose elements 2 place and the next become word i of the lanes of group r.
  /// Transposed: elements 2 place and the next of column r.
  template <class Address>
  __device__ __forceinline__ void load_matrices(Lanes<Words<4>>& to, Address&& row) const {
    Words<4>& t = to[0];
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(t.w[0]), "=r"(t.w[1]), "=r"(t.w[2]), "=r"(t.w[3])
                 : "r"(address(row(lane())))
                 : "memory");
  }
  template <class Address>
  __device__ __forceinline__ void load_transposed(Lanes<Words<4>>& to, Address&& row) const {
    Words<4>& t = to[0];
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(t.w[0]), "=r"(t.w[1]), "=r"(t.w[2]), "=r"(t.w[3])
                 : "r"(address(row(lane())))
                 : "memory");
  }
  template <class Address>
  __device__ __forceinline__ void load_transposed(Lanes<Words<2>>& to, Address&& row) const {
    Words<2>& t = to[0];
    asm volatile("ldmatrix.sync.aligned.m8n8.x2.trans.shared.b16 {%0, %1}, [%2];"
                 : "=r"(t.w[0]), "=r"(t.w[1])
                 : "r"(address(row(lane())))
                 : "memory");
  }

  /// sums += a (16 x 16, rows) times b (16 x 8, columns), where b is word kFirst and the next.
  template <class T, int kFirst, int kCount>
  __device__ __forceinline__ void multiply_add(Lanes<Sums>& sums, const Lanes<Words<4>>& a,
                                               const Lanes<Words<kCount>>& b) const {
    multiply_add(T{}, sums[0], a[0], b[0].w[kFirst], b[0].w[kFirst + 1]);
  }

  /// Over the four lanes of a group.
  __device__ __forceinline__ void group_max(Lanes<float>& of) const {
    for (const int other : {1, 2}) of[0] = fmaxf(of[0], __shfl_xor_sync(kAll, of[0], other));
  }
  __device__ __forceinline__ void group_sum(Lanes<float>& of) const {
    for (const int other : {1, 2}) of[0] += __shfl_xor_sync(kAll, of[0], other);
  }
  __device__ __forceinline__ bool any(const Lanes<bool>& of) const {
    return __any_sync(kAll, of[0]) != 0;
  }

  /// Subnormal results are zero.
  __device__ __forceinline__ static float exp2(float x) {
    float y;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
    return y;
  }

  /// Both rounded to nearest, ties to even.
  template <class T>
  __device__ __forceinline__ static Pack<T, 2> pair(float first, float second) {
    return pair(T{}, first, second);
  }

 private:
  static constexpr unsigned kAll = 0xffffffffU;

  __device__ __forceinline__ static int lane() {
    return static_cast<int>(threadIdx.x) % kWarpLanes;
  }
  __device__ __forceinline__ static unsigned address(const unsigned char* shared) {
    return static_cast<unsigned>(__cvta_generic_to_shared(shared));
  }

  __device__ __forceinline__ static Pack<float, 2> pair(float, float first, float second) {
    return {{first, second}};
  }
  __device__ __forceinline__ static Pack<Float16, 2> pair(Float16, float first, float second) {
    std::uint32_t word;
    asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(word) : "f"(second), "f"(first));
    return halves<Float16>(word);
  }
  __device__ __forceinline__ static Pack<BFloat16, 2> pair(BFloat16, float first, float second) {
    std::uint32_t word;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(word) : "f"(second), "f"(first));
    return halves<BFloat16>(word);
  }
  template <class T>
  __device__ __forceinline__ static Pack<T, 2> halves(std::uint32_t word) {
    return {{{static_cast<std::uint16_t>(word)}, {static_cast<std::uint16_t>(word >> 16)}}};
  }

  __device__ __forceinline__ static void multiply_add(Float16, Sums& s, const Words<4>& a,
                                                      std::uint32_t b0, std::uint32_t b1) {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
        "{%8, %9}, {%0, %1, %2, %3};"
        : "+f"(s.c[0]), "+f"(s.c[1]), "+f"(s.c[2]), "+f"(s.c[3])
        : "r"(a.w[0]), "r"(a.w[1]), "r"(a.w[2]), "r"(a.w[3]), "r"(b0), "r"(b1));
  }
  __device__ __forceinline__ static void multiply_add(BFloat16, Sums& s, const Words<4>& a,
                                                      std::uint32_t b0, std::uint32_t b1) {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
        "{%8, %9}, {%0, %1, %2, %3};"
        : "+f"(s.c[0]), "+f"(s.c[1]), "+f"(s.c[2]), "+f"(s.c[3])
        : "r"(a.w[0]), "r"(a.w[1]), "r"(a.w[2]), "r"(a.w[3]), "r"(b0), "r"(b1));
  }
};

}  // namespace latentrt::kernels
