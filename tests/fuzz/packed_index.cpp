/// Indexes of files of packed weights: an accepted one names only ranges of the data, and layouts
/// that the network reads.
#include "nn/weights/packed_index.hpp"

#include <algorithm>
#include <vector>

#include "fuzz/check.hpp"
#include "io/shape.hpp"

using namespace latentrt;

namespace {

constexpr std::uint64_t kDataBytes = 1 << 20;

const std::vector<nn::PackableWeight>& packable() {
  static const std::vector<nn::PackableWeight> weights{
      {0, nn::PackedForm::matrix, {8, 4}, io::Dtype::f32},
      {1, nn::PackedForm::kernel, {64, 64, 3, 3}, io::Dtype::f32},
      {3, nn::PackedForm::kernel, {16, 8, 1, 1}, io::Dtype::bf16},
      {7, nn::PackedForm::quantized, {32, 64}, io::Dtype::i8}};
  return weights;
}

void check(const nn::StoredLayout& layout) {
  fuzz::require(layout.offset <= kDataBytes && layout.bytes <= kDataBytes - layout.offset,
                "a range lies in the data");
  const auto needed = io::checked_bytes(layout.shape, io::size_of(layout.dtype));
  fuzz::require(needed && *needed <= layout.bytes, "a range is as long as its shape needs");
}

void check(const nn::StoredWeight& weight) {
  const auto wanted = std::ranges::find(packable(), weight.id, &nn::PackableWeight::id);
  fuzz::require(wanted != packable().end(), "a weight is one that can be packed");
  fuzz::require(!weight.layouts.empty() || (weight.plain && weight.winograd),
                "a weight has a layout");
  for (const nn::StoredLayout& layout : weight.layouts) check(layout);
  for (const nn::StoredInput& input : weight.inputs)
    fuzz::require(input.layout < weight.layouts.size(), "an input's layout is there");
  for (const auto* layout : {&weight.winograd, &weight.plain, &weight.scales})
    if (*layout) check(**layout);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::refusable([&] {
    const nn::PackedIndex index =
        nn::read_packed_index(fuzz::text_of(data, size), kDataBytes, packable());
    for (const nn::StoredWeight& weight : index.weights) check(weight);
    const nn::PackedIndex again = nn::read_packed_index(to_text(index), kDataBytes, packable());
    fuzz::require(to_text(again) == to_text(index), "what is written is read as it was");
  });
  return 0;
}
