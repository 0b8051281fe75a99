#include "nn/program/program.hpp"

#include <gtest/gtest.h>

#include <latentrt/error.hpp>

#include "nn/program/program_builder.hpp"

namespace latentrt::nn {
namespace {

/// x -> a -> b -> out, with a side branch c that feeds out too.
Program diamond() {
  ProgramBuilder builder;
  const ValueId x = builder.input("x", {});
  const ValueId a = builder.silu("a", x);
  const ValueId b = builder.silu("b", a);
  const ValueId c = builder.silu("c", a);
  builder.output(builder.apply("sum", Add{}, {b, c}), "out");
  return std::move(builder).build();
}

std::vector<std::string> node_names(const Program& program) {
  std::vector<std::string> names;
  for (const Node& node : program.nodes()) names.push_back(node.name);
  return names;
}

TEST(Program, ExtractAtItsOwnBordersChangesNothing) {
  const Program program = diamond();
  const Program same = program.extract({"x"}, {"out"});
  EXPECT_EQ(node_names(same), node_names(program));
  EXPECT_EQ(same.input_names(), program.input_names());
}

TEST(Program, ExtractDropsNodesWhoseResultIsProvided) {
  const Program cut = diamond().extract({"x", "b"}, {"out"});
  EXPECT_EQ(node_names(cut), (std::vector<std::string>{"a", "c", "sum"}));
  EXPECT_EQ(cut.input_names(), (std::vector<std::string>{"x", "b"}));
}

TEST(Program, ExtractDropsInputsThatNobodyReads) {
  const Program cut = diamond().extract({"x", "b", "c"}, {"out"});
  EXPECT_EQ(node_names(cut), (std::vector<std::string>{"sum"}));
  EXPECT_EQ(cut.input_names(), (std::vector<std::string>{"b", "c"}));
}

TEST(Program, ExtractMakesInnerValuesOutputs) {
  const Program cut = diamond().extract({"x"}, {"out", "c"});
  EXPECT_EQ(cut.output_names(), (std::vector<std::string>{"out", "c"}));
  EXPECT_EQ(cut.nodes().size(), 4U);
}

TEST(Program, ExtractNamesWhatIsNotProvided) {
  try {
    diamond().extract({"b"}, {"out"});
    FAIL() << "a cut without x and c must be refused";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("'x'"), std::string::npos) << error.what();
  }
}

TEST(Program, UnknownValueIsNamed) {
  try {
    diamond().value("nowhere");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::invalid_argument);
    EXPECT_NE(std::string(error.what()).find("nowhere"), std::string::npos);
  }
}

TEST(Program, LastReadsFreeEachValueOnceAndOutputsNever) {
  const Program program = diamond();
  std::vector<std::string> freed;
  for (std::size_t i = 0; i < program.nodes().size(); ++i) {
    for (const ValueId id : program.last_reads(i)) freed.push_back(program.name_of(id));
  }
  EXPECT_EQ(freed, (std::vector<std::string>{"x", "a", "b", "c"}));
}

}  // namespace
}  // namespace latentrt::nn
