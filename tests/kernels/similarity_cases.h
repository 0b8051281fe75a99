#pragma once
/// The list of cases for similarity, with their buffers: its test checks each of them, its
/// benchmark times each of them.

#include <cstddef>
#include <cstdint>
#include <latentrt/dtype.hpp>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "kernels/common/element.h"
#include "kernels/similarity/similarity.h"

namespace latentrt::kernels {

struct SimilarityCase {
  std::string name;  ///< letters, digits and _
  std::int64_t size = 1000;
  DType dtype = DType::fp32;
  double mean = 0.4, deviation = 0.2;  ///< of a
  double scale = 1, noise = 0.05;      ///< b = scale * a + noise
  int misalignment = 0;                ///< elements between an aligned address and each buffer
  std::int64_t nan_at = -1;            ///< element of b that is NaN
};

inline std::vector<SimilarityCase> similarity_cases() {
  constexpr DType fp16 = DType::fp16, bf16 = DType::bf16;
  return {
      {.name = "nothing", .size = 0},
      {.name = "one_number", .size = 1},
      {.name = "zeros", .mean = 0, .deviation = 0, .noise = 0},
      {.name = "fp32"},
      {.name = "odd", .size = 70001},
      {.name = "misaligned", .size = 10000, .misalignment = 1},
      {.name = "equal", .size = 20000, .noise = 0},
      {.name = "opposite", .size = 20000, .scale = -1, .noise = 0},
      {.name = "twice", .size = 20000, .scale = 2, .noise = 0},
      {.name = "unlike", .size = 20000, .mean = 0, .scale = 0, .noise = 1},
      {.name = "huge", .size = 20000, .mean = 0, .deviation = 1e18, .noise = 1e17},
      {.name = "tiny", .size = 20000, .mean = 0, .deviation = 1e-18, .noise = 1e-19},
      {.name = "nan", .size = 20000, .nan_at = 12345},
      {.name = "bf16", .size = 20000, .dtype = bf16},
      {.name = "bf16_odd", .size = 20001, .dtype = bf16},
      {.name = "fp16", .size = 20000, .dtype = fp16},
      {.name = "frame_512px", .size = std::int64_t{3} * 512 * 512},
      {.name = "frame_1024px", .size = std::int64_t{3} * 1024 * 1024},
      {.name = "frame_512px_bf16", .size = std::int64_t{3} * 512 * 512, .dtype = bf16},
      {.name = "latents_512px", .size = std::int64_t{4} * 64 * 64, .mean = 0, .deviation = 1},
  };
}

class SimilarityData {
 public:
  explicit SimilarityData(const SimilarityCase& test_case)
      : case_(test_case), a_(bytes_of()), b_(bytes_of()) {
    std::mt19937 random(5);
    std::normal_distribution<double> normal;
    with_element(case_.dtype, [&](auto element) {
      using T = decltype(element);
      T* const a = reinterpret_cast<T*>(a_.data()) + case_.misalignment;
      T* const b = reinterpret_cast<T*>(b_.data()) + case_.misalignment;
      for (std::int64_t i = 0; i < case_.size; ++i) {
        a[i] = from_float<T>(static_cast<float>(case_.mean + case_.deviation * normal(random)));
        const double value = case_.scale * to_float(a[i]) + case_.noise * normal(random);
        b[i] = from_float<T>(static_cast<float>(value));
      }
      if (case_.nan_at >= 0)
        b[case_.nan_at] = from_float<T>(std::numeric_limits<float>::quiet_NaN());
    });
  }

  std::vector<std::byte>& a() { return a_; }
  std::vector<std::byte>& b() { return b_; }
  /// With the addresses of the buffers' first bytes.
  SimilarityArgs args(const std::byte* a, const std::byte* b, double* result,
                      double* workspace) const {
    const std::size_t offset = static_cast<std::size_t>(case_.misalignment) * element_size();
    return {.dtype = case_.dtype,
            .a = a + offset,
            .b = b + offset,
            .size = case_.size,
            .result = result,
            .workspace = workspace};
  }
  SimilarityArgs host_args(double* result, double* workspace) const {
    return args(a_.data(), b_.data(), result, workspace);
  }
  std::size_t traffic() const { return 2 * static_cast<std::size_t>(case_.size) * element_size(); }

 private:
  std::size_t element_size() const {
    return with_element(case_.dtype, [](auto element) { return sizeof element; });
  }
  std::vector<std::byte> bytes_of() const {
    return std::vector<std::byte>(static_cast<std::size_t>(case_.size + case_.misalignment) *
                                  element_size());
  }

  SimilarityCase case_;
  std::vector<std::byte> a_, b_;
};

}  // namespace latentrt::kernels
