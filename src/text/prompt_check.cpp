#include "text/prompt_check.hpp"

#include "base/fail.hpp"
#include "base/utf8.hpp"

namespace latentrt::text {

void check_prompt(std::string_view prompt) {
  constexpr std::size_t kMaxBytes = 1u << 20;
  if (prompt.size() > kMaxBytes) {
    fail(Code::invalid_argument, "the prompt has {} bytes; at most {} are read", prompt.size(),
         kMaxBytes);
  }
  if (const auto offset = first_invalid_utf8(prompt)) {
    fail(Code::invalid_argument, "the prompt is not valid UTF-8 at byte {}", *offset);
  }
}

}  // namespace latentrt::text
