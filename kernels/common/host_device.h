#pragma once
/// Marks for code that both compilers see: plain C++ for the host, device code for nvcc.

/// LATENTRT_HOST_DEVICE_INLINE is for the few instructions that vector loops are made of: a call among them, even one that
/// the compiler would not inline for the sake of another processor's instructions, would undo the loop.
#ifdef __CUDACC__
#define LATENTRT_HOST_DEVICE __host__ __device__
#define LATENTRT_HOST_DEVICE_INLINE __host__ __device__ __forceinline__
#define LATENTRT_DEVICE \
  __device__  ///< runs in a kernel; on the host only in tests, which play the threads of a block
#define LATENTRT_DEVICE_INLINE \
  __device__ __forceinline__  ///< the same where a call would put arrays of registers into memory
#else
#define LATENTRT_HOST_DEVICE
#define LATENTRT_HOST_DEVICE_INLINE __attribute__((always_inline)) inline
#define LATENTRT_DEVICE
#define LATENTRT_DEVICE_INLINE inline
#endif

#ifdef __CUDA_ARCH__
#define LATENTRT_KEEP_LOOP \
  _Pragma("unroll 1")  ///< nvcc splits the vector stores of a loop that it unrolls
#define LATENTRT_UNROLL \
  _Pragma("unroll")  ///< else a pack that is indexed by the loop lies in memory
#else
#define LATENTRT_KEEP_LOOP
#define LATENTRT_UNROLL
#endif
