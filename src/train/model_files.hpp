#pragma once

#include <filesystem>
#include <latentrt/dtype.hpp>

#include "nn/weights/parameters.hpp"

namespace latentrt::train {

/// Writes a model of the LLaDA family; see TextTrainer::save_model().
void write_model(const nn::Parameters& parameters, const std::filesystem::path& described,
                 const std::filesystem::path& directory, DType dtype);

}  // namespace latentrt::train
