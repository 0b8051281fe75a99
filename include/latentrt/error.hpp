#pragma once
/// The one error type of LatentRT: a code for programs and a sentence for people.

#include <latentrt/api.hpp>
#include <stdexcept>
#include <string>

namespace latentrt {

enum class Code {
  invalid_argument,  ///< a value that the caller gave is wrong
  not_found,         ///< a file, tensor, component or name does not exist
  io_error,          ///< the system refused to read or write
  bad_file,          ///< a file's content is damaged or not what it claims to be
  unsafe_file,       ///< a file format that can run code (pickle, TorchScript) was refused
  unsupported,       ///< well-formed, but not something this build can do
  out_of_memory,     ///< host or device memory is exhausted
  cancelled,         ///< the caller asked to stop
  non_finite,        ///< NaN or infinity appeared where numbers were expected
  rank_failed,       ///< another rank of the run died, hung or disagreed
  device_lost,       ///< the GPU gave up on this process, which has to be started again to use it
  internal,          ///< a defect in the library
};

/// True for the codes that blame the input rather than the run.
LATENTRT_API bool blames_input(Code code) noexcept;

/// Thrown by every function of the library that fails. what() is one sentence that names the thing.
class LATENTRT_API Error : public std::runtime_error {
 public:
  Error(Code code, const std::string& sentence) : std::runtime_error(sentence), code_(code) {}
  Code code() const noexcept { return code_; }

 private:
  Code code_;
};

}  // namespace latentrt
