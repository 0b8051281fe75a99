#include <gmock/gmock.h>

#include <latentrt/spec.hpp>

#include "support/expect_error.hpp"

namespace latentrt {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST(Spec, ANameAloneHasNoOptions) {
  const Spec spec = Spec::parse("ddim");
  EXPECT_EQ(spec.name, "ddim");
  EXPECT_THAT(spec.options, IsEmpty());
}

TEST(Spec, OptionsAreKeysAndValues) {
  const Spec spec = Spec::parse("deepcache:interval=3,cut=2,steps=1/5/9,note=a=b,empty=");
  EXPECT_EQ(spec.name, "deepcache");
  EXPECT_THAT(spec.options, ElementsAre(Pair("cut", "2"), Pair("empty", ""), Pair("interval", "3"),
                                        Pair("note", "a=b"), Pair("steps", "1/5/9")));
}

TEST(Spec, TheNameIsInLowerCaseAndTheRestAsItIs) {
  const Spec spec = Spec::parse("DPM++ 2M:Note=A");
  EXPECT_EQ(spec.name, "dpm++ 2m");
  EXPECT_THAT(spec.options, ElementsAre(Pair("Note", "A")));
}

TEST(Spec, TheTextComesBack) {
  for (const std::string text : {"ddim", "ddim:eta=0.5", "a:b=1,c=2"}) {
    EXPECT_EQ(Spec::parse(text).to_string(), text);
  }
}

/// Whatever a text contains, the sentence about it is one line.
TEST(Spec, RefusalsShowNoControlCharacters) {
  EXPECT_ERROR(Code::invalid_argument, R"("\n" is not of the form)", Spec::parse("x:a=b,\n"));
  EXPECT_ERROR(Code::invalid_argument, R"(\x1b[2J)", Spec::parse("x:\x1b[2J=1,\x1b[2J=2"));
  EXPECT_ERROR(Code::invalid_argument, R"(\x1b[2J)", Spec::parse(":\x1b[2J"));
}

TEST(Spec, RefusesOtherForms) {
  EXPECT_ERROR(Code::invalid_argument, "does not start with a name", Spec::parse(""));
  EXPECT_ERROR(Code::invalid_argument, "does not start with a name", Spec::parse(":eta=1"));
  EXPECT_ERROR(Code::invalid_argument, "not of the form key=value", Spec::parse("ddim:"));
  EXPECT_ERROR(Code::invalid_argument, "\"eta\" is not of the form", Spec::parse("ddim:eta"));
  EXPECT_ERROR(Code::invalid_argument, "\"=1\" is not of the form", Spec::parse("ddim:=1"));
  EXPECT_ERROR(Code::invalid_argument, "not of the form", Spec::parse("ddim:eta=1,"));
  EXPECT_ERROR(Code::invalid_argument, "key \"eta\" is given twice",
               Spec::parse("ddim:eta=1,eta=2"));
}

}  // namespace
}  // namespace latentrt
