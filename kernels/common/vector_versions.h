#pragma once
/// Functions for the widest vectors of the processor that runs them.
///
///   LATENTRT_VECTOR_VERSIONS(halve, (T* x, int count), halve_of(x, count))
///
/// compiles a call for AVX-512, for AVX2 and for any processor, and defines halve<T> as the best
/// that runs here. Everything that is called must be inlined: [[gnu::always_inline]].

namespace latentrt::kernels {

/// One of three versions of a function, the widest first.
template <class Function>
Function* widest_of([[maybe_unused]] Function* avx512, [[maybe_unused]] Function* avx2,
                    Function* any) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
    return avx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return avx2;
#endif
  return any;
}

}  // namespace latentrt::kernels

#if defined(__x86_64__)
#define LATENTRT_FOR_AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma")))
#define LATENTRT_FOR_AVX2 __attribute__((target("avx2,fma")))
#else
#define LATENTRT_FOR_AVX512
#define LATENTRT_FOR_AVX2
#endif

#define LATENTRT_VECTOR_VERSIONS(name, parameters, call) \
  template <class T>                                     \
  LATENTRT_FOR_AVX512 void name##_avx512 parameters {    \
    call;                                                \
  }                                                      \
  template <class T>                                     \
  LATENTRT_FOR_AVX2 void name##_avx2 parameters {        \
    call;                                                \
  }                                                      \
  template <class T>                                     \
  void name##_any parameters {                           \
    call;                                                \
  }                                                      \
  template <class T>                                     \
  void(*const name) parameters =                         \
      ::latentrt::kernels::widest_of(name##_avx512<T>, name##_avx2<T>, name##_any<T>);
