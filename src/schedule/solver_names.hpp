#pragma once

#include <string>
#include <string_view>

namespace latentrt::schedule {

/// The key by which solver names are compared, so that spellings of other programs and papers are
/// accepted: case, blanks and punctuation are ignored, "++" is "pp", and common synonyms are equal.
/// "DPM++ 2M Karras", "dpmpp_2m_karras" and "k_dpmpp_2m_karras" have the same key, as have "Euler
/// a", "euler_a" and "euler_ancestral", or "PLMS" and "pndm".
std::string solver_key(std::string_view name);

}  // namespace latentrt::schedule
