#pragma once
/// EXPECT_ERROR(code, part, expression): the expression throws latentrt::Error with that code, and
/// its sentence is one line without control characters that contains `part`.

#include <gtest/gtest.h>

#include <algorithm>
#include <exception>
#include <latentrt/error.hpp>
#include <string>
#include <string_view>

namespace latentrt::testing {

template <class Action>
::testing::AssertionResult throws_error(Code code, std::string_view part, Action&& action) {
  const auto failure = [&](const std::string& what) {
    return ::testing::AssertionFailure() << what << "; expected an Error of code "
                                         << static_cast<int>(code) << " with \"" << part << '"';
  };
  try {
    action();
  } catch (const Error& error) {
    const std::string sentence = error.what();
    const auto is_control = [](char c) { return (c >= 0 && c < 0x20) || c == 0x7F; };
    const bool clean = std::none_of(sentence.begin(), sentence.end(), is_control);
    if (error.code() == code && clean && sentence.find(part) != std::string::npos) {
      return ::testing::AssertionSuccess();
    }
    return failure("code " + std::to_string(static_cast<int>(error.code())) + ": " + sentence);
  } catch (const std::exception& error) {
    return failure(std::string("another exception: ") + error.what());
  }
  return failure("nothing was thrown");
}

}  // namespace latentrt::testing

#define EXPECT_ERROR(code, part, ...) \
  EXPECT_TRUE(::latentrt::testing::throws_error(code, part, [&] { (void)(__VA_ARGS__); }))
