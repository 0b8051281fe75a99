#include "schedule/solver_table.hpp"

#include <gtest/gtest.h>

#include "schedule/options.hpp"

namespace latentrt::schedule::testing {
namespace {

SolverTable example() {
  SolverTable table;
  table.add({.name = "second", .class_name = "SecondScheduler", .options = {}});
  table.add({.name = "first", .class_name = "", .options = {}});
  return table;
}

TEST(SolverTable, ListsNamesInOrder) {
  EXPECT_EQ(example().names(), (std::vector<std::string>{"first", "second"}));
}

TEST(SolverTable, FindsByNameAndByClass) {
  const SolverTable table = example();
  EXPECT_EQ(table.by_name("first").name, "first");
  EXPECT_EQ(table.by_class("SecondScheduler")->name, "second");
  EXPECT_EQ(table.by_class("ThirdScheduler"), nullptr);
  EXPECT_EQ(table.by_class(""), nullptr);
}

TEST(SolverTable, ListsWhatThereIs) {
  EXPECT_EQ(error_of([] { example().by_name("third"); }),
            "invalid_argument: unknown scheduler \"third\": it is one of first, second");
}

}  // namespace
}  // namespace latentrt::schedule::testing
