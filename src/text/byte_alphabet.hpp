#pragma once
/// The alphabet of byte-level BPE: each byte is represented by one printable character (Radford et
/// al. 2019).

#include <string>

namespace latentrt::text {

/// UTF-8 of the character for a byte: printable Latin-1 bytes represent themselves, the others are
/// numbered from U+0100 in increasing order.
const std::string& symbol_of(unsigned char byte);

}  // namespace latentrt::text
