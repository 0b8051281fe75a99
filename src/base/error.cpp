#include <latentrt/error.hpp>

namespace latentrt {

bool blames_input(Code code) noexcept {
  switch (code) {
    case Code::invalid_argument:
    case Code::not_found:
    case Code::bad_file:
    case Code::unsafe_file:
    case Code::unsupported:
      return true;
    case Code::io_error:
    case Code::out_of_memory:
    case Code::cancelled:
    case Code::non_finite:
    case Code::rank_failed:
    case Code::device_lost:
    case Code::internal:
      return false;
  }
  return false;
}

}  // namespace latentrt
