#include "base/cancel.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "support/expect_error.hpp"

namespace latentrt {
namespace {

bool cancelled_here() {
  try {
    check_cancelled();
    return false;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::cancelled);
    return true;
  }
}

TEST(Cancel, AFlagCountsWhileItsScopeLives) {
  CancelFlag flag;
  flag.cancel();
  EXPECT_FALSE(cancelled_here());
  {
    const CancelScope scope(flag);
    EXPECT_TRUE(cancelled_here());
    flag.reset();
    EXPECT_FALSE(cancelled_here());
    flag.cancel();
  }
  EXPECT_FALSE(cancelled_here());
}

TEST(Cancel, ScopesNestAndEachFlagCounts) {
  CancelFlag outer, inner;
  const CancelScope first(outer);
  {
    const CancelScope second(inner);
    outer.cancel();
    EXPECT_TRUE(cancelled_here());
    outer.reset();
    inner.cancel();
    EXPECT_TRUE(cancelled_here());
  }
  EXPECT_FALSE(cancelled_here());
}

TEST(Cancel, ACheckSeesWhatIsSetAfterItWasMade) {
  CancelFlag flag;
  const CancelScope scope(flag);
  const CancelCheck check;
  check();
  flag.cancel();
  EXPECT_ERROR(Code::cancelled, "cancelled", (check(), 0));
}

TEST(Cancel, AnotherThreadHasTheScopeOnlyWhereItAdoptsIt) {
  CancelFlag flag;
  flag.cancel();
  const CancelScope scope(flag);
  const CancelCheck check;
  std::thread([&] {
    EXPECT_FALSE(cancelled_here());
    {
      const auto adopted = check.adopt();
      EXPECT_TRUE(cancelled_here());
    }
    EXPECT_FALSE(cancelled_here());
  }).join();
}

}  // namespace
}  // namespace latentrt
