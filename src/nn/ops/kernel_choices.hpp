#pragma once
/// Chooses between our own kernel and a library's for an operation: the one that was faster for the
/// measured shape nearest to the call's, on GPUs of the same compute capability. Without a
/// measurement, the library's.

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

/// One entry of a table.
struct Measurement {
  std::string operation, gpu;
  int capability = 0;  ///< as in kernels::cuda_capability()
  DType dtype = DType::bf16;
  std::vector<Extent> shape;
  double own_us = 0, library_us = 0;

  std::string shape_name() const;  ///< "head_size 64, queries 4096"
};

/// For one call.
struct ShapeClass {
  struct Size {
    std::string_view name;
    std::int64_t value;
    /// a property for which kernels are specialised: only measurements with an equal value count
    bool exact = false;
  };
  std::string_view operation;
  int capability = 0;
  DType dtype = DType::bf16;
  std::span<const Size> sizes;
};

struct Choice {
  bool own_kernel = false;
  /// the measurement that decided; null if there is none. Lives as long as the table
  const Measurement* measured = nullptr;
  bool gpu_was_measured = false;

  /// The reason, for example "0.62 of the library's time at head_size 64, queries 4096 (NVIDIA
  /// H100)".
  std::string reason() const;
};

/// Immutable; shared between threads.
class KernelChoices {
 public:
  KernelChoices() = default;
  /// Throws Error(bad_file) for two measurements of one shape on one compute capability.
  explicit KernelChoices(std::vector<Measurement> measurements);
  /// Reads files as described in kernels/measured/README.md. Throws Error(bad_file) that names the
  /// table.
  static KernelChoices from_tables(std::span<const std::string_view> tables);

  /// Sizes that differ by more than a factor of two are too different: such a measurement is
  /// ignored.
  Choice choose(const ShapeClass& shape) const;

 private:
  std::vector<Measurement> measurements_;
};

/// The files of kernels/measured at the time when the library was built.
std::span<const std::string_view> measured_tables();

}  // namespace latentrt::nn
