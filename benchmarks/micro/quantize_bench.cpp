/// Times the conversions before and after 8-bit products on one thread of the host, over the
/// networks' cases of its test. The floor is a copy of the same number of bytes in the same run.
/// usage: quantize_bench [part of a case's name]

#include <string>
#include <vector>

#include "benchmarks/micro/timing.h"
#include "kernels/quantize/quantize.h"
#include "tests/kernels/quantize_cases.h"

namespace latentrt::kernels {
namespace {

void run(const std::string& filter) {
  print_header();
  for (const QuantizeCase& one : quantize_cases()) {
    const bool of_a_network = one.name.rfind("sd", 0) == 0;
    if (!of_a_network || one.name.find(filter) == std::string::npos) continue;
    QuantizeData data(one);
    print_row(one.name + "_to_8_bits", "host", timed_on_host(data.quantize_traffic(), [&] {
                largest_host(data.largest_args(), one_thread);
                quantize_host(data.quantize_args(), one_thread);
              }));
    print_row(one.name + "_rescaled", "host", timed_on_host(data.rescale_traffic(), [&] {
                rescale_host(data.rescale_args(), one_thread);
              }));
  }
}

}  // namespace
}  // namespace latentrt::kernels

int main(int argc, char** argv) {
  latentrt::kernels::run(argc > 1 ? argv[1] : "");
  return 0;
}
