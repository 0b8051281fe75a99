#pragma once

#include <string>

#include "io/weights.hpp"
#include "nn/program/program.hpp"

namespace latentrt::pipeline {

/// Identifies weights: 32 hexadecimal digits computed from names, shapes, types and every byte of
/// the tensors that the Program reads. Times and sizes of files are not sufficient: archives and
/// container layers give all files the same time. Reads all tensors once, on all threads. Throws
/// Error(io_error).
std::string weight_identity(const nn::Program& program, const io::WeightMap& stored);

}  // namespace latentrt::pipeline
