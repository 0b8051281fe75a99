#pragma once
/// A CUDA stream (cudaStream_t) without the CUDA toolkit's headers. Null is the default stream.

struct CUstream_st;

namespace latentrt::kernels {

using Stream = CUstream_st*;

}  // namespace latentrt::kernels
