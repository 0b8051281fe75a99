#include "text/byte_level_settings.hpp"

#include "base/fail.hpp"
#include "base/quote.hpp"

namespace latentrt::text {
namespace {

namespace fs = std::filesystem;

/// Null if the object does not have the key, or if its value is null.
const Json* entry(const Json& object, const char* key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

std::string type_of(const Json& object) {
  const Json* const type = entry(object, "type");
  return type && type->is_string() ? type->get<std::string>() : "";
}

bool is_on(const Json& object, const char* key, bool fallback) {
  const Json* const flag = entry(object, key);
  return flag && flag->is_boolean() ? flag->get<bool>() : fallback;
}

[[noreturn]] void refuse(const fs::path& file, std::string_view what, std::string_view value) {
  fail(Code::unsupported, "{}: {} {} is not supported", file.string(), what, quote(value));
}

/// The parts of a Sequence under `key`; or the object itself.
std::vector<const Json*> parts_of(const Json& thing, const char* key) {
  std::vector<const Json*> parts;
  const Json* const list = type_of(thing) == "Sequence" ? entry(thing, key) : nullptr;
  if (list == nullptr || !list->is_array()) return {&thing};
  for (const Json& part : *list) parts.push_back(&part);
  return parts;
}

bool reads_nfc(const Json& tokenizer, const fs::path& file) {
  const Json* const normalizer = entry(tokenizer, "normalizer");
  if (normalizer == nullptr) return false;
  const auto parts = parts_of(*normalizer, "normalizers");
  for (const Json* part : parts)
    if (type_of(*part) != "NFC") refuse(file, "the normalizer", type_of(*part));
  return !parts.empty();
}

const WordPattern* read_split(const Json& part, const fs::path& file) {
  const Json* const pattern = entry(part, "pattern");
  const Json* const regex = pattern ? entry(*pattern, "Regex") : nullptr;
  if (regex == nullptr || !regex->is_string())
    fail(Code::unsupported,
         "{}: a pre-tokenizer splits by something else than a regular expression", file.string());
  const Json* const behavior = entry(part, "behavior");
  if (behavior == nullptr || *behavior != "Isolated" || is_on(part, "invert", false))
    fail(Code::unsupported, "{}: a pre-tokenizer's pieces are not the matches of its pattern",
         file.string());
  const WordPattern* const known = find_pattern(regex->get_ref<const std::string&>());
  if (known == nullptr) refuse(file, "the pattern of words", regex->get_ref<const std::string&>());
  return known;
}

const WordPattern* read_pattern(const Json& tokenizer, const fs::path& file) {
  const Json& pre_tokenizer = member(tokenizer, "pre_tokenizer", file);
  const WordPattern* pattern = nullptr;
  bool byte_level = false;
  for (const Json* part : parts_of(pre_tokenizer, "pretokenizers")) {
    const std::string type = type_of(*part);
    if (type != "Split" && type != "ByteLevel") refuse(file, "the pre-tokenizer", type);
    if (byte_level || (type == "Split" && pattern != nullptr))
      refuse(file, "a sequence of pre-tokenizers with one more", type);
    if (type == "Split") {
      pattern = read_split(*part, file);
      continue;
    }
    byte_level = true;
    if (is_on(*part, "add_prefix_space", true)) refuse(file, "the setting", "add_prefix_space");
    const bool own = is_on(*part, "use_regex", true);
    if (own == (pattern != nullptr)) refuse(file, "for this pre-tokenizer", "use_regex");
    if (own) pattern = &gpt2_pattern();
  }
  if (!byte_level) refuse(file, "a pre-tokenizer without", "ByteLevel");
  return pattern;
}

bool reads_ignore_merges(const Json& model, const fs::path& file) {
  for (const char* key : {"continuing_subword_prefix", "end_of_word_suffix"}) {
    const Json* const affix = entry(model, key);
    if (affix != nullptr && *affix != "") refuse(file, "the setting", key);
  }
  if (entry(model, "dropout") != nullptr) refuse(file, "the setting", "dropout");
  if (is_on(model, "byte_fallback", false)) refuse(file, "the setting", "byte_fallback");
  return is_on(model, "ignore_merges", false);
}

}  // namespace

ByteLevelSettings ByteLevelSettings::from(const Json& tokenizer, const fs::path& file) {
  return {.nfc = reads_nfc(tokenizer, file),
          .ignore_merges = reads_ignore_merges(member(tokenizer, "model", file), file),
          .pattern = read_pattern(tokenizer, file)};
}

}  // namespace latentrt::text
