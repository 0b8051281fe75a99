/// The options of every accelerator of this build.
#include <gtest/gtest.h>

#include <algorithm>
#include <latentrt/stream_options.hpp>
#include <map>
#include <string>
#include <vector>

#include "accel/deep_cache/deep_cache.hpp"
#include "accel/patch_parallel/patch_parallel.hpp"
#include "accel/registry.hpp"
#include "accel/stream.hpp"
#include "support/option_checks.hpp"

namespace latentrt::accel {
namespace {

const std::vector<OptionSpec>& options_of(const Registry& registry, const std::string& name) {
  return std::ranges::find(registry.kinds(), name, &AcceleratorKind::name)->options;
}

TEST(AcceleratorOptions, KeepWhatTheyDeclare) {
  const Registry registry = make_registry();
  for (const AcceleratorKind& kind : registry.kinds())
    testing::check_declared_options(kind.name, kind.help, kind.options);
}

TEST(AcceleratorOptions, AreAllListed) {
  const std::vector<NamedOptions> all = describe_accelerators();
  const Registry registry = make_registry();
  ASSERT_EQ(all.size(), registry.kinds().size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i].name, registry.kinds()[i].name);
    EXPECT_EQ(all[i].options.size(), registry.kinds()[i].options.size()) << all[i].name;
  }
}

/// A value that differs from the default.
OptionValue changed(const OptionSpec& spec) {
  using Kind = OptionValue::Kind;
  if (spec.kind == Kind::boolean) return boolean_value(!spec.fallback->boolean);
  if (spec.kind == Kind::text)
    return text_value(spec.choices.empty()                         ? "another"
                      : spec.choices.back() == spec.fallback->text ? spec.choices.front()
                                                                   : spec.choices.back());
  if (spec.kind == Kind::numbers) return list_value({spec.min, spec.max});
  const bool is_max = spec.fallback && spec.fallback->number == spec.max;
  return number_value(is_max ? spec.min : spec.max);
}

/// Every option changes the setting that it declares, in addition to the options that it needs.
template <class Made>
void expect_every_option_counts(const std::string& name,
                                const std::map<std::string, std::string>& needs) {
  const Registry registry = make_registry();
  const std::vector<OptionSpec>& options = options_of(registry, name);
  for (const OptionSpec& spec : options) {
    const auto need = needs.find(spec.key);
    const Spec before =
        need == needs.end() ? Spec{name, {}} : Spec::parse(name + ':' + need->second);
    Spec after = before;
    after.options.emplace(spec.key, to_text(changed(spec)));
    EXPECT_NE(Made::from(Settings(options, after)), Made::from(Settings(options, before)))
        << after.to_string();
  }
}

TEST(AcceleratorOptions, OfDeepCacheAllCount) {
  expect_every_option_counts<DeepCacheOptions>("deepcache", {{"center", "schedule=quad"},
                                                             {"power", "schedule=quad"},
                                                             {"refresh", "schedule=list"},
                                                             {"max_age", "adaptive=1"}});
}

TEST(AcceleratorOptions, OfPatchAllCount) {
  expect_every_option_counts<PatchSpec>("patch", {{"context", "mode=pcpp"}});
}

TEST(AcceleratorOptions, OfStreamsAreMembersOfStreamOptions) {
  const Spec defaults = StreamOptions{}.spec();
  ASSERT_EQ(defaults.options.size(), stream_options().size());
  for (const OptionSpec& spec : stream_options()) {
    EXPECT_EQ(to_text(*spec.fallback), defaults.options.at(spec.key));
    Spec expected = defaults;
    expected.options[spec.key] = to_text(changed(spec));
    StreamOptions options;
    options.apply({"stream", {{spec.key, expected.options[spec.key]}}});
    EXPECT_EQ(options.spec().to_string(), expected.to_string());
  }
}

TEST(AcceleratorOptions, OfStreamsHaveTheSameRangeInAStruct) {
  StreamOptions options;
  EXPECT_NO_THROW(check_ranges(options));
  options.similarity.max_skip = -1;
  EXPECT_ERROR(Code::invalid_argument, "stream: max_skip=-1 is not a whole number from 0",
               check_ranges(options));
}

}  // namespace
}  // namespace latentrt::accel
