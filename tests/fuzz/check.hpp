#pragma once
/// Common part of all fuzz targets: refusals are accepted, violated invariants abort the program.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <latentrt/error.hpp>
#include <string_view>

/// The entry point that libFuzzer and replay.cpp call.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace latentrt::fuzz {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// An invariant of the code under test.
inline void require(bool kept, const char* promise) {
  if (kept) return;
  std::fprintf(stderr, "broken promise: %s\n", promise);
  std::abort();
}

/// Runs `work`, which may refuse the input with a one-line error of an input code. Any other
/// exception aborts the program.
template <class Work>
void refusable(Work&& work) {
  try {
    work();
  } catch (const Error& error) {
    const std::string_view sentence = error.what();
    require(blames_input(error.code()), "a refusal blames the input");
    require(!sentence.empty(), "a refusal has words");
    require(sentence.find('\n') == std::string_view::npos, "a refusal is one line");
    require(sentence.size() < 4096, "a refusal is short");
  }
}

}  // namespace latentrt::fuzz
