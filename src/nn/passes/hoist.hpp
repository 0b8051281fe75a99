#pragma once
/// Pass: whatever depends only on inputs that rarely change is computed once and carried.

#include <string>
#include <vector>

#include "nn/program/program.hpp"

namespace latentrt::nn {

/// `prologue` computes the carried values from the invariant inputs; `body` takes those and the
/// original inputs that it still reads. Running one after the other computes the values of the
/// original, node for node.
struct Hoisted {
  Program prologue;
  Program body;
};

/// For example {"encoder_hidden_states"}: the text keys and values, once per prompt. Names that are
/// not inputs of the Program are ignored.
Hoisted hoist(const Program& program, const std::vector<std::string>& invariant_inputs);

}  // namespace latentrt::nn
