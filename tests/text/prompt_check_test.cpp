#include "text/prompt_check.hpp"

#include <gtest/gtest.h>

#include <string>

#include "support/expect_error.hpp"

namespace latentrt::text {
namespace {

TEST(CheckPrompt, WellFormedTextPasses) {
  EXPECT_NO_THROW(check_prompt(""));
  EXPECT_NO_THROW(check_prompt("é 字 😀"));
  EXPECT_NO_THROW(check_prompt(std::string_view("a\0b", 3)));
  EXPECT_NO_THROW(check_prompt(std::string(1u << 20, 'a')));
}

TEST(CheckPrompt, NamesTheFirstBadByte) {
  EXPECT_ERROR(Code::invalid_argument, "at byte 3", check_prompt("é \x80"));
  EXPECT_ERROR(Code::invalid_argument, "at byte 1", check_prompt("a\xED\xA0\x80"));
  EXPECT_ERROR(Code::invalid_argument, "at byte 0", check_prompt("\xC0\xAF"));
}

TEST(CheckPrompt, LongTextIsRefused) {
  EXPECT_ERROR(Code::invalid_argument, "at most 1048576 are read",
               check_prompt(std::string((1u << 20) + 1, 'a')));
}

}  // namespace
}  // namespace latentrt::text
