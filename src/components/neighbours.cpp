#include "components/neighbours.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/where.h>

#include <algorithm>
#include <cstddef>
#include <span>

#include "base/fail.hpp"
#include "components/family.hpp"
#include "pictures/host_data.hpp"

namespace latentrt::pipeline {
namespace {

constexpr double kNormTolerance = 1e-3;

/// The divisors of rows, [...,1].
at::Tensor divisors(const at::Tensor& rows) {
  const at::Tensor norms = at::linalg_vector_norm(rows, 2, {-1}, true);
  return at::where(((norms - 1).abs() <= kNormTolerance).logical_or(norms == 0), 1.0, norms);
}

/// A view of the caller's memory.
at::Tensor view_of(const HostTensor& host) {
  auto* data = const_cast<float*>(host.data.data());  // nothing writes to it
  return at::from_blob(data, host.shape, at::TensorOptions(at::kFloat));
}

void check_shape(const HostTensor& given, std::int64_t width) {
  if (given.shape.size() != 2 || given.shape[0] < 0 || given.shape[1] != width) {
    fail(Code::invalid_argument, "neighbours have shape [{}], expected [neighbours,{}]",
         fmt::join(given.shape, ","), width);
  }
  check_numbers(given, "neighbours");
}

void check_directions(const HostTensor& given) {
  const auto width = static_cast<std::size_t>(given.shape[1]);
  for (std::size_t begin = 0; begin < given.data.size(); begin += width) {
    const std::span<const float> row(given.data.data() + begin, width);
    if (std::ranges::any_of(row, [](float value) { return value != 0; })) continue;
    fail(Code::invalid_argument, "neighbour {} is all zeros: an embedding has a direction",
         begin / width);
  }
}

void check_count(const Neighbours& given, std::int64_t most) {
  if (given.nearest < 0 || given.nearest > given.embeddings.shape[0]) {
    fail(Code::invalid_argument, "the {} nearest of {} neighbours do not exist", given.nearest,
         given.embeddings.shape[0]);
  }
  const std::int64_t count = given.nearest > 0 ? given.nearest : given.embeddings.shape[0];
  if (count > most)
    fail(Code::invalid_argument, "there are {} neighbours: the model reads {} at most", count,
         most);
}

void check_prompt_settings(const Request& request) {
  if (request.embeddings) return;
  if (!request.weighted_prompts && !request.long_prompts && request.clip_skip == 0) return;
  fail(Code::invalid_argument,
       "the model reads one vector of a prompt, on which weighted prompts, long prompts and "
       "clip_skip have no effect");
}

void check_encoder(const Model& model) {
  if (!model.text_encoders.empty()) return;
  fail(Code::invalid_argument,
       "the model's file holds no text encoder: give embeddings of the prompt, or a directory with "
       "CLIP's text encoder that describes the file (--config)");
}

/// Indices of the rows with the largest dot products, [B,k], the largest first; of equal ones the
/// first.
at::Tensor nearest_rows(const at::Tensor& rows, const at::Tensor& queries, std::int64_t count) {
  const at::Tensor products = at::matmul(queries, rows.t()) / divisors(rows).squeeze(-1);
  return std::get<1>(products.sort(true, -1, true)).slice(-1, 0, count);
}

}  // namespace

std::int64_t neighbour_count(const Request& request) {
  if (!request.neighbours) return 0;
  const Neighbours& given = *request.neighbours;
  return given.nearest > 0 ? given.nearest : given.embeddings.shape[0];
}

void check_neighbours(const Model& model, const Request& request) {
  const int most = model.family->neighbours;
  if (request.neighbours && most == 0) {
    fail(Code::invalid_argument,
         "neighbours are for retrieval-augmented models: those of the family {} read none",
         model.family->name);
  }
  if (most == 0) return;
  check_prompt_settings(request);
  if (!request.embeddings) check_encoder(model);
  if (!request.neighbours) return;
  const DenoiserShape& unet = *find_component(model.components, Use::denoiser)->denoiser;
  check_shape(request.neighbours->embeddings, unet.context_channels);
  check_directions(request.neighbours->embeddings);
  check_count(*request.neighbours, most);
}

at::Tensor unit_rows(const at::Tensor& rows) { return rows / divisors(rows); }

at::Tensor neighbours_of(const Request& request, const at::Tensor& prompts) {
  const std::int64_t batch = prompts.size(0), width = prompts.size(2);
  const std::int64_t count = neighbour_count(request);
  if (count == 0) return prompts.slice(1, 0, 0);
  const at::Tensor rows = view_of(request.neighbours->embeddings);
  if (request.neighbours->nearest == 0)
    return unit_rows(rows).unsqueeze(0).expand({batch, count, width});
  const at::Tensor found = nearest_rows(rows, prompts.select(1, 0), count);
  return unit_rows(rows.index_select(0, found.flatten())).view({batch, count, width});
}

at::Tensor prompt_vector(const Model& model, std::string_view prompt) {
  check_encoder(model);
  const at::Tensor state = model.text_encoders.front()
                               .encode(prompt, {}, {"text_embeds"})
                               .at("text_embeds")
                               .to(at::kCPU, at::kFloat);
  return (state / at::linalg_vector_norm(state, 2, {-1}, true)).unsqueeze(1);
}

}  // namespace latentrt::pipeline
