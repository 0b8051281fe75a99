#pragma once

#include <string>
#include <string_view>

namespace latentrt::io {

/// Python writes minus infinity as -Infinity, which JSON does not have; scheduler files use it for
/// "no lower limit" (lambda_min_clipped). Outside strings it becomes null, which means absent. NaN
/// and plus infinity stay, so that the parser refuses them.
std::string without_minus_infinity(std::string_view text);

}  // namespace latentrt::io
