#pragma once
/// A caller's request to stop.

#include <latentrt/latentrt.h>

#include <latentrt/cancel.hpp>
#include <optional>

struct lrt_cancel {
  latentrt::CancelFlag flag;
};

namespace latentrt::api {

/// While it exists, calls of this thread end once the request is made; null: there is none.
class CallersScope {
 public:
  explicit CallersScope(const lrt_cancel* cancel) {
    if (cancel != nullptr) scope_.emplace(cancel->flag);
  }

 private:
  std::optional<CancelScope> scope_;
};

}  // namespace latentrt::api
