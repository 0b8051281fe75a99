#include "io/python_json.hpp"

#include <gtest/gtest.h>

#include <latentrt/error.hpp>

#include "io/json.hpp"

namespace latentrt::io {
namespace {

TEST(PythonJson, MinusInfinityBecomesNull) {
  EXPECT_EQ(without_minus_infinity(R"({"a": -Infinity, "b": [-Infinity, -1]})"),
            R"({"a": null, "b": [null, -1]})");
}

TEST(PythonJson, StringsStayAsTheyAre) {
  for (const char* text :
       {R"({"-Infinity": "x -Infinity"})", R"(["a\"-Infinity", "\\"])", R"("-Infinity)", R"("\)"}) {
    EXPECT_EQ(without_minus_infinity(text), text);
  }
}

TEST(PythonJson, AConfigurationReadsItAsAbsentAndRefusesNaN) {
  EXPECT_FALSE(Config::from_text(R"({"lambda_min_clipped": -Infinity})", "scheduler")
                   .has("lambda_min_clipped"));
  EXPECT_THROW(Config::from_text(R"({"beta_start": NaN})", "scheduler"), Error);
  EXPECT_THROW(Config::from_text(R"({"beta_start": Infinity})", "scheduler"), Error);
}

}  // namespace
}  // namespace latentrt::io
