#include "kernels/group_norm/group_norm.h"

#include "base/check_range.hpp"
#include "base/fail.hpp"
#include "kernels/group_norm/group_norm_dispatch.h"

namespace latentrt::kernels {
namespace {

void require(const void* pointer, const char* name) {
  if (pointer == nullptr) fail(Code::invalid_argument, "group_norm: {} is null", name);
}

}  // namespace

void check(const GroupNormArgs& args) {
  constexpr double kMost = 2147483647;
  check_range("group_norm: rows", static_cast<double>(args.rows), 1, kMost);
  check_range("group_norm: pixels", static_cast<double>(args.pixels), 1, kMost);
  check_range("group_norm: channels", static_cast<double>(args.channels), 1, kMost);
  check_range("group_norm: groups", static_cast<double>(args.groups), 1,
              static_cast<double>(args.channels));
  if (args.channels % args.groups != 0) {
    fail(Code::invalid_argument, "group_norm: {} groups do not divide {} channels", args.groups,
         args.channels);
  }
  require(args.x, "x");
  require(args.y, "y");
  require(args.scale, "scale");
  require(args.shift, "shift");
}

std::int64_t group_norm_workspace(const GroupNormArgs& args) {
  std::int64_t numbers = 0;
  with_instance(args, kGroupNormApplyLanes, [&](auto, auto width) {
    numbers = args.rows * args.groups * group_norm_plan(args, width.value).group_numbers();
  });
  return numbers;
}

}  // namespace latentrt::kernels
