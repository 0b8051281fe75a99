/// The families of this build, and requirements for each of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "components/family_table.hpp"
#include "support/expect_error.hpp"

namespace latentrt::pipeline {
namespace {

TEST(Families, AreThoseOfTheFolder) {
  std::set<std::string> files, names;
  const std::filesystem::path folder = std::filesystem::path(LATENTRT_SOURCE_DIR) / "src/families";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    files.insert(entry.path().stem().string());
    EXPECT_EQ(entry.path().extension(), ".cpp") << "families have nothing that others include";
  }
  const FamilyTable table = all_families();
  for (const FamilyPtr& family : table.families())
    EXPECT_TRUE(names.insert(family->name).second) << family->name;
  for (const LanguageFamilyPtr& family : table.language_families())
    EXPECT_TRUE(names.insert(family->name).second) << family->name;
  EXPECT_EQ(names, files);
}

TEST(Families, HaveClassesOfTheirOwn) {
  const std::vector<std::string> all = all_families().class_names();
  EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), all.size());
  EXPECT_THAT(all, ::testing::IsSupersetOf({"StableDiffusionPipeline", "StableDiffusionXLPipeline",
                                            "LatentConsistencyModelPipeline"}));
  FamilyTable table = all_families();
  EXPECT_ERROR(Code::invalid_argument, "both have the pipeline class StableDiffusionPipeline",
               table.add({.name = "other",
                          .class_names = {"OtherPipeline", "StableDiffusionPipeline"},
                          .components = {}}));
  EXPECT_EQ(table.of_class("OtherPipeline"), nullptr);
}

TEST(Families, SayWhatLoadingAsksThem) {
  const FamilyTable table = all_families();
  for (const FamilyPtr& family : table.families()) {
    SCOPED_TRACE(family->name);
    EXPECT_FALSE(family->class_names.empty());
    EXPECT_NE(family->check, nullptr);
    EXPECT_NE(family->conditioning, nullptr);
    std::set<std::string> places;
    for (const ComponentPlace& place : family->components) {
      EXPECT_TRUE(places.insert(place.name).second) << place.name;
      EXPECT_FALSE(place.classes.empty()) << place.name;
      EXPECT_EQ(place.tokenizer.empty(), place.use != Use::text_encoder) << place.name;
    }
    for (const CheckpointLayout& layout : family->checkpoints)
      for (const StoredComponent& stored : layout.components)
        EXPECT_TRUE(places.contains(stored.name)) << layout.title << ' ' << stored.name;
  }
}

TEST(Families, OfLanguageModelsAreFoundByTypeOrClass) {
  const FamilyTable table = all_families();
  const auto of = [&](const char* text) {
    return table.of_language_model(io::Config::from_text(text, "config.json"))->name;
  };
  EXPECT_EQ(of(R"({"model_type": "llada"})"), "llada");
  EXPECT_EQ(of(R"({"model_type": "Dream"})"), "dream");
  EXPECT_EQ(of(R"({"architectures": ["LLaDAModelLM"]})"), "llada");
  EXPECT_ERROR(Code::unsupported, "config.json: model_type \"bert\" is not that of",
               of(R"({"model_type": "bert"})"));
}

TEST(Families, ListPublishedArchitectures) {
  EXPECT_THAT(all_families().architecture_names(),
              ::testing::UnorderedElementsAre("sd15", "sd21", "sdxl", "shapes"));
  EXPECT_ERROR(Code::invalid_argument, "it is one of sd15,", all_families().architecture("sd16"));
}

}  // namespace
}  // namespace latentrt::pipeline
