#include <algorithm>
#include <iterator>

#include "io/names/stored_name.hpp"

namespace latentrt::io {

std::string averaged_name(std::string_view stored) {
  constexpr std::string_view kModel = "model.";
  if (!stored.starts_with(kModel)) return {};
  std::string name = "model_ema.";
  std::ranges::copy_if(stored.substr(kModel.size()), std::back_inserter(name),
                       [](char c) { return c != '.'; });
  return name;
}

}  // namespace latentrt::io
