#pragma once
/// The declaration of a Program's inputs. Checks, memory estimates, random inputs for benchmarks,
/// hoisting and the bands of ranks use it; none of them guesses from a name or a shape.

#include <cstdint>
#include <vector>

namespace latentrt::nn {

/// A symbolic size, whose value depends on the run. Height and width are those of the Program's own
/// picture (latents for a denoiser).
enum class Symbol { one, rows, tokens, height, width };

/// One extent of an input: `factor` times the symbol, divided by `over` and rounded up.
struct Dim {
  Symbol symbol = Symbol::one;
  std::int64_t factor = 1, over = 1;

  constexpr Dim(std::int64_t constant) : factor(constant) {}
  constexpr Dim(Symbol s, std::int64_t divisor = 1) : symbol(s), over(divisor) {}

  bool operator==(const Dim&) const = default;
};

/// The values of the symbols in one call.
struct Extents {
  std::int64_t rows = 1, tokens = 1, height = 1, width = 1;

  std::int64_t of(const Dim& dim) const;
};

/// `weights`: the type of the network's activations.
enum class ElementType { weights, fp32, int64 };

/// How often an input changes: with the prompt, size or guidance scale; with each step of a
/// schedule, independently of the sample; or on each call of the network.
enum class Changes { per_prompt, per_step, per_call };

/// The spatial kind of an input, for ranks that share the pixels: not spatial, a picture that every
/// rank reads completely, or a picture of which each rank reads its own band of rows.
enum class Space { none, whole, band };

struct InputSpec {
  std::vector<Dim> dims;
  ElementType type = ElementType::weights;
  Changes changes = Changes::per_prompt;
  Space space = Space::none;
  std::int64_t limit = 0;  ///< for int64 values, which are 0 to limit - 1

  bool operator==(const InputSpec&) const = default;
};

/// [rows,channels,height,width], which changes on each call.
InputSpec picture_input(std::int64_t channels);

}  // namespace latentrt::nn
