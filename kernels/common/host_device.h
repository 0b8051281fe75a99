#pragma once
/// Marks for code that both compilers compile: plain C++ for the host, device code for nvcc.

/// LATENTRT_HOST_DEVICE_INLINE is for the few functions inside vectorised loops: a call among them,
/// even one that the compiler would not inline because of another processor's instructions, would
/// prevent vectorisation.
/// LATENTRT_DEVICE runs in a kernel; on the host only in tests, which emulate the threads of a
/// block. LATENTRT_DEVICE_INLINE is for functions whose call would move arrays from registers to
/// memory.
#ifdef __CUDACC__
#define LATENTRT_HOST_DEVICE __host__ __device__
#define LATENTRT_HOST_DEVICE_INLINE __host__ __device__ __forceinline__
#define LATENTRT_DEVICE __device__
#define LATENTRT_DEVICE_INLINE __device__ __forceinline__
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
  _Pragma("unroll")  ///< otherwise a pack that is indexed by the loop is in memory
#else
#define LATENTRT_KEEP_LOOP
#define LATENTRT_UNROLL
#endif
