#include "cli/support/json_output.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>

#include "cli/support/utf8_text.hpp"

namespace latentrt::cli {
namespace {

void make_utf8(nlohmann::ordered_json& json) {
  if (json.is_string()) {
    auto& text = json.get_ref<std::string&>();
    text = utf8_text(text);
  } else if (json.is_structured()) {
    for (nlohmann::ordered_json& element : json) make_utf8(element);
  }
}

}  // namespace

void print_json(std::FILE* to, nlohmann::ordered_json json) {
  make_utf8(json);
  fmt::print(to, "{}\n", json.dump(2));
}

}  // namespace latentrt::cli
