#pragma once
/// Ctrl-C during a run: the session stops after its step, so nothing half-written is left.

#include <latentrt/sampler.hpp>

namespace latentrt::cli {

/// While it lives, SIGINT and SIGTERM cancel the session. One at a time.
class InterruptGuard {
 public:
  explicit InterruptGuard(Session& session);
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;
};

}  // namespace latentrt::cli
