#pragma once
/// The only error type of LatentRT: a code for programs and a sentence for people.

#include <latentrt/api.hpp>
#include <stdexcept>
#include <string>

namespace latentrt {

enum class Code {
  invalid_argument,  ///< an argument is wrong
  not_found,         ///< a file, tensor, component or name does not exist
  io_error,          ///< the system could not read or write
  bad_file,          ///< a file's content is damaged or not what it claims to be
  unsafe_file,       ///< a file format that can run code (pickle, TorchScript) was refused
  unsupported,       ///< well-formed, but not something this build can do
  out_of_memory,     ///< host or device memory is exhausted
  cancelled,         ///< the caller asked to stop
  non_finite,        ///< NaN or infinity appeared where finite values were expected
  rank_failed,       ///< another rank of the run failed, timed out or disagreed
  device_lost,       ///< the GPU is lost to this process, which must be restarted to use it
  internal,          ///< a bug in the library
};

/// True for codes that mean wrong input rather than a failed run.
LATENTRT_API bool blames_input(Code code) noexcept;

/// Thrown by every library function that fails. what() is one sentence that names the cause.
class LATENTRT_API Error : public std::runtime_error {
 public:
  Error(Code code, const std::string& sentence) : std::runtime_error(sentence), code_(code) {}
  Code code() const noexcept { return code_; }

 private:
  Code code_;
};

}  // namespace latentrt
