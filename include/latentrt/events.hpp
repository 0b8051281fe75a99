#pragma once
/// Order between the library's work on a GPU and the caller's own, which nobody on the host waits for.

namespace latentrt {

/// cudaEvent_t of the caller's, of the same GPU; null for none. Where a pipeline is on the CPU they are refused with
/// Error(unsupported).
struct Events {
  void* wait = nullptr;    ///< the work begins on the GPU when this one has happened
  void* signal = nullptr;  ///< recorded behind the work; not when the call throws
};

}  // namespace latentrt
