#include "nn/passes/fuse.hpp"

#include "nn/passes/fuse_shifts.hpp"
#include "nn/passes/fuse_sums.hpp"
#include "nn/passes/join_projections.hpp"

namespace latentrt::nn {

Program fuse(const Program& program) { return fuse_sums(fuse_shifts(join_projections(program))); }

}  // namespace latentrt::nn
