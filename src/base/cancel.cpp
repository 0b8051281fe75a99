#include "base/cancel.hpp"

#include <utility>

#include "base/fail.hpp"

namespace latentrt {
namespace {

thread_local const CancelScope* t_innermost = nullptr;

}  // namespace

CancelScope::CancelScope(const CancelFlag& flag) noexcept
    : flag_(flag), outer_(std::exchange(t_innermost, this)) {}
CancelScope::~CancelScope() { t_innermost = outer_; }

CancelCheck::CancelCheck() noexcept : innermost_(t_innermost) {}

void CancelCheck::fail_cancelled() { fail(Code::cancelled, "cancelled by the caller"); }

CancelCheck::Adopted::Adopted(const CancelScope* innermost) noexcept
    : before_(std::exchange(t_innermost, innermost)) {}
CancelCheck::Adopted::~Adopted() { t_innermost = before_; }

}  // namespace latentrt
