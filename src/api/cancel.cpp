#include "api/cancel.hpp"

#include "api/guarded.hpp"

using namespace latentrt;

lrt_status lrt_cancel_create(lrt_cancel** cancel) {
  return api::guarded([&] {
    api::require(cancel, "cancel");
    *cancel = nullptr;
    *cancel = new lrt_cancel{};
    return LRT_OK;
  });
}

void lrt_cancel_destroy(lrt_cancel* cancel) { delete cancel; }

void lrt_cancel_request(lrt_cancel* cancel) {
  if (cancel != nullptr) cancel->flag.cancel();
}

void lrt_cancel_reset(lrt_cancel* cancel) {
  if (cancel != nullptr) cancel->flag.reset();
}
