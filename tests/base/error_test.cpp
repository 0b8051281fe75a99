#include <gtest/gtest.h>

#include <latentrt/error.hpp>

#include "base/fail.hpp"
#include "support/expect_error.hpp"

namespace latentrt {
namespace {

TEST(Error, CarriesItsCodeAndSentence) {
  const Error error(Code::not_found, "unet: no such file");
  EXPECT_EQ(error.code(), Code::not_found);
  EXPECT_STREQ(error.what(), "unet: no such file");
}

TEST(Error, OnlyWhatTheCallerGaveBlamesTheInput) {
  for (const Code code : {Code::invalid_argument, Code::not_found, Code::bad_file,
                          Code::unsafe_file, Code::unsupported}) {
    EXPECT_TRUE(blames_input(code)) << static_cast<int>(code);
  }
  for (const Code code : {Code::io_error, Code::out_of_memory, Code::cancelled, Code::non_finite,
                          Code::rank_failed, Code::internal}) {
    EXPECT_FALSE(blames_input(code)) << static_cast<int>(code);
  }
}

TEST(Error, FailFormatsTheSentence) {
  EXPECT_ERROR(
      Code::bad_file, "a.json: 3 of [1, 2]",
      (fail(Code::bad_file, "{}: {} of [{}]", "a.json", 3, fmt::join(std::vector<int>{1, 2}, ", ")),
       0));
}

}  // namespace
}  // namespace latentrt
