#pragma once

#include <string>

#include "io/weights.hpp"
#include "nn/program/program.hpp"

namespace latentrt::pipeline {

/// Which weights these are: 32 hexadecimal digits that follow from names, shapes, types and every
/// byte of the tensors that the Program reads. Times and sizes of files tell nothing: archives and
/// layers of containers give all files the same. Reads all of them once, on all threads. Throws
/// Error(io_error).
std::string weight_identity(const nn::Program& program, const io::WeightMap& stored);

}  // namespace latentrt::pipeline
