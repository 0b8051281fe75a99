#pragma once
/// Which implementation an operation gets where there are two, our own kernel and a library's: the
/// one that was faster for the measured shape nearest to the call's, on GPUs of the same compute
/// capability. Without a measurement it is the library's.

#include <cstdint>
#include <latentrt/dtype.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace latentrt::nn {

/// A size that a call's speed depends on.
struct Extent {
  std::string name;
  std::int64_t value = 0;
};

/// One line of a table.
struct Measurement {
  std::string operation, gpu;
  int capability = 0;  ///< as kernels::cuda_capability() has it
  DType dtype = DType::bf16;
  std::vector<Extent> shape;
  double own_us = 0, library_us = 0;

  std::string shape_name() const;  ///< "head_size 64, queries 4096"
};

/// Of one call.
struct ShapeClass {
  struct Size {
    std::string_view name;
    std::int64_t value;
    bool exact = false;  ///< kernels are built for it: only measurements of the same value count
  };
  std::string_view operation;
  int capability = 0;
  DType dtype = DType::bf16;
  std::span<const Size> sizes;
};

struct Choice {
  bool own_kernel = false;
  const Measurement* measured =
      nullptr;  ///< that decided; null where none did. Lives as long as the table
  bool gpu_was_measured = false;

  /// Why, in words: "0.62 of the library's time at head_size 64, queries 4096 (NVIDIA H100)".
  std::string reason() const;
};

/// Immutable; shared between threads.
class KernelChoices {
 public:
  KernelChoices() = default;
  /// Throws Error(bad_file) for two measurements of one shape by one capability.
  explicit KernelChoices(std::vector<Measurement> measurements);
  /// Of files as kernels/measured/README.md describes them. Throws Error(bad_file) that names the
  /// table.
  static KernelChoices from_tables(std::span<const std::string_view> tables);

  /// Sizes that differ by more than a factor of two are another class: nothing is concluded from
  /// them.
  Choice choose(const ShapeClass& shape) const;

 private:
  std::vector<Measurement> measurements_;
};

/// The files of kernels/measured as they were when the library was built.
std::span<const std::string_view> measured_tables();

}  // namespace latentrt::nn
