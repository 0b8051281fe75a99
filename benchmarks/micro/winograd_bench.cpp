/// Times the transforms before and after the products of Winograd's convolutions on one thread of
/// the host, over the networks' cases of its test. The floor is a copy of the same number of bytes
/// in the same run. usage: winograd_bench [part of a case's name]

#include <string>
#include <vector>

#include "benchmarks/micro/timing.h"
#include "kernels/winograd/winograd.h"
#include "tests/kernels/winograd_cases.h"

namespace latentrt::kernels {
namespace {

void run(const std::string& filter) {
  print_header();
  for (const WinogradCase& one : winograd_cases()) {
    const bool of_a_network = one.name.rfind("sd", 0) == 0;
    if (!of_a_network || one.name.find(filter) == std::string::npos) continue;
    WinogradData data(one);
    print_row(one.name + "_seen", "host", timed_on_host(data.input_traffic(), [&] {
                winograd_input_host(data.input_args(), one_thread);
              }));
    print_row(one.name + "_made", "host", timed_on_host(data.output_traffic(), [&] {
                winograd_output_host(data.output_args(), one_thread);
              }));
  }
}

}  // namespace
}  // namespace latentrt::kernels

int main(int argc, char** argv) {
  latentrt::kernels::run(argc > 1 ? argv[1] : "");
  return 0;
}
