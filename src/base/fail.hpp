#pragma once
/// fail(code, "sentence with {}", ...): the only way in which the library reports an error.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <latentrt/error.hpp>
#include <utility>

namespace latentrt {

template <class... Args>
[[noreturn]] void fail(Code code, fmt::format_string<Args...> sentence, Args&&... args) {
  throw Error(code, fmt::format(sentence, std::forward<Args>(args)...));
}

}  // namespace latentrt
