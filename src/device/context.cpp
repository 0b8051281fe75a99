#include <latentrt/context.hpp>

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <unistd.h>

#include <charconv>
#include <fstream>

#include "base/fail.hpp"
#include "base/quote.hpp"
#include "device/context_state.hpp"
#include "device/cuda/device_query.h"
#include "device/device_words.hpp"
#include "device/memory/adopt.hpp"
#include "device/translate.hpp"

namespace latentrt {
namespace {

/// "model name" of the first processor, from the kernel.
std::string processor_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    const auto colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "processor";
}

std::uint64_t host_memory() {
  return static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) *
         static_cast<std::uint64_t>(sysconf(_SC_PAGE_SIZE));
}

int cuda_index(const std::string& name) {
  if (name == "cuda") return 0;
  int index = -1;
  const char* const end = name.data() + name.size();
  const bool form =
      name.starts_with("cuda:") && std::from_chars(name.data() + 5, end, index).ptr == end;
  if (!form || index < 0) {
    fail(Code::invalid_argument, "unknown device {}: it is cpu, cuda or cuda:i", quote(name));
  }
  return index;
}

void check_allocator(const DeviceAllocator& allocator) {
  if (!allocator.allocate != !allocator.release)
    fail(Code::invalid_argument, "an allocator needs both functions, allocate and release");
}

void refuse_guests(const ContextOptions& options) {
  if (options.stream != nullptr)
    fail(Code::invalid_argument, "a CUDA stream was given, but the device is cpu");
  if (options.allocator.allocate)
    fail(Code::invalid_argument, "an allocator of GPU memory was given, but the device is cpu");
}

void set_up_gpu(Context::State& state, at::Device device, const ContextOptions& options) {
  translate_errors(state.name, [&] {
    device::watch_memory();
    state.stream = device::adopt_stream(device, options.stream);
    if (options.allocator.allocate) state.memory = device::adopt_memory(device, options.allocator);
  });
}

}  // namespace

namespace device {

at::Device parse_device(const std::string& name) {
  if (name == "cpu") return at::kCPU;
  const auto index = static_cast<std::size_t>(cuda_index(name));
  const std::vector<kernels::CudaDevice> gpus = kernels::cuda_devices();
  if (index >= gpus.size()) {
    fail(Code::unsupported, "{}",
         missing_device(name, kernels::cuda_versions(), static_cast<int>(gpus.size())));
  }
  if (const auto reason = missing_code(gpus[index], kernels::cuda_architectures()))
    fail(Code::unsupported, "{}", *reason);
  return {at::kCUDA, static_cast<at::DeviceIndex>(index)};
}

}  // namespace device

Context Context::create(const ContextOptions& options) {
  if (options.threads < 0) fail(Code::invalid_argument, "threads {} is negative", options.threads);
  check_allocator(options.allocator);
  auto state = std::make_shared<State>();
  const at::Device device = device::parse_device(options.device);
  state->name = device.str();
  device.is_cpu() ? refuse_guests(options) : set_up_gpu(*state, device, options);
  if (options.threads > 0) at::set_num_threads(options.threads);
  return Context(std::move(state));
}

std::vector<DeviceInfo> Context::devices() {
  std::vector<DeviceInfo> devices{{"cpu", processor_name(), host_memory()}};
  const std::vector<std::string> architectures = kernels::cuda_architectures();
  for (const kernels::CudaDevice& gpu : kernels::cuda_devices()) {
    devices.push_back({fmt::format("cuda:{}", gpu.index), gpu.name, gpu.memory_bytes,
                       fmt::format("{}.{}", gpu.major, gpu.minor),
                       device::missing_code(gpu, architectures).value_or("")});
  }
  return devices;
}

const std::string& Context::device() const noexcept { return state_->name; }

}  // namespace latentrt
