#pragma once

#include <string>
#include <string_view>

namespace latentrt::schedule {

/// What a solver's name is compared by, so that it may be written as other programs and papers do: case, blanks and
/// punctuation do not count, "++" is "pp", and common synonyms are one name. "DPM++ 2M Karras", "dpmpp_2m_karras" and
/// "k_dpmpp_2m_karras" have the same key; so have "Euler a", "euler_a" and "euler_ancestral", "PLMS" and "pndm".
std::string solver_key(std::string_view name);

}  // namespace latentrt::schedule
