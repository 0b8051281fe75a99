#pragma once
/// Checks of every declared option.

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "base/settings.hpp"
#include "support/expect_error.hpp"

namespace latentrt::testing {

/// Text that starts with a capital letter and has no full stop, so that listings can use it in a
/// paragraph.
inline void expect_sentence(const std::string& help, const std::string& what) {
  ASSERT_FALSE(help.empty()) << what << " has no help";
  EXPECT_FALSE(help[0] >= 'a' && help[0] <= 'z') << what << ": " << help;
  EXPECT_NE(help.back(), '.') << what << ": " << help;
  EXPECT_EQ(help.find('\n'), std::string::npos) << what << ": " << help;
}

/// Texts that the option does not accept.
inline std::vector<std::string> texts_out_of_range(const OptionSpec& spec) {
  using Kind = OptionValue::Kind;
  if (spec.kind == Kind::boolean) return {"maybe", "1", ""};
  if (spec.kind == Kind::text)
    return spec.choices.empty() ? std::vector<std::string>{} : std::vector<std::string>{"?"};
  std::vector<std::string> texts{"nan", "many", "1x"};
  if (std::isfinite(spec.min)) texts.push_back(to_text(number_value(spec.min - 1)));
  if (std::isfinite(spec.max)) texts.push_back(to_text(number_value(spec.max + 1)));
  if (spec.whole) texts.push_back(to_text(number_value(spec.max - 0.5)));
  return texts;
}

inline void check_declared_options(const std::string& name, const std::string& help,
                                   const std::vector<OptionSpec>& specs) {
  expect_sentence(help, name);
  std::set<std::string> keys;
  for (const OptionSpec& spec : specs) {
    const std::string what = name + ':' + spec.key;
    EXPECT_TRUE(keys.insert(spec.key).second) << what << " is declared twice";
    if (!spec.only_false) expect_sentence(spec.help, what);
    if (spec.fallback) {
      EXPECT_NO_THROW(check_option(name, spec, *spec.fallback)) << what;
      const Settings settings(specs, {name, {{spec.key, to_text(*spec.fallback)}}});
      EXPECT_TRUE(settings.is_given(spec.key)) << what;
    }
    for (const std::string& text : texts_out_of_range(spec))
      EXPECT_ERROR(Code::invalid_argument, name + ": " + spec.key + "=\"" + text + "\" is not ",
                   Settings(specs, {name, {{spec.key, text}}}));
  }
}

}  // namespace latentrt::testing
