#pragma once
/// The printable stand-ins of byte-level BPE: each byte is written as one visible character
/// (Radford et al. 2019).

#include <string>

namespace latentrt::text {

/// UTF-8 of the character for a byte: printable Latin-1 bytes stand for themselves, the others for
/// U+0100 upwards in increasing order.
const std::string& symbol_of(unsigned char byte);

}  // namespace latentrt::text
