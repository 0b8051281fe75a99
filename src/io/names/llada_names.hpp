#pragma once

#include <string>
#include <string_view>

namespace latentrt::io {

/// The name that LLaDA's files have for a tensor: the reverse of canonical_llada_key().
std::string stored_llada_key(std::string_view canonical);

}  // namespace latentrt::io
