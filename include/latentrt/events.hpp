#pragma once
/// Orders the library's work on a GPU with the caller's own, without waiting on the host.

namespace latentrt {

/// cudaEvent_t of the caller, on the same GPU; null for none. If the pipeline is on the CPU, events
/// are refused with Error(unsupported).
struct Events {
  void* wait = nullptr;    ///< the work on the GPU begins after this event
  void* signal = nullptr;  ///< recorded after the work; not recorded if the call throws
};

}  // namespace latentrt
