#pragma once
/// Pass: values that depend only on rarely changing inputs are computed once and reused.

#include <string>
#include <vector>

#include "nn/program/program.hpp"

namespace latentrt::nn {

/// `prologue` computes the hoisted values from the invariant inputs; `body` takes those and the
/// original inputs that it still reads. Running both, one after the other, computes the same nodes
/// as the original.
struct Hoisted {
  Program prologue;
  Program body;
};

/// For example {"encoder_hidden_states"}: the keys and values of the text, once per prompt. Names
/// that are not inputs of the Program are ignored.
Hoisted hoist(const Program& program, const std::vector<std::string>& invariant_inputs);

}  // namespace latentrt::nn
