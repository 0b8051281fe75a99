/// Link stubs for functions that flags refer to in a program: parsing them needs no engine.
#include <latentrt/pipeline.hpp>
#include <latentrt/ranks.hpp>
#include <latentrt/sampler.hpp>

#include "base/fail.hpp"
#include "schedule/schedule.hpp"

namespace latentrt {

Context Context::create(const ContextOptions&) { fail(Code::unsupported, "there is no engine"); }
std::vector<DeviceInfo> Context::devices() { return {}; }

Pipeline Pipeline::load(const Context&, const std::filesystem::path&, const PipelineOptions&) {
  fail(Code::unsupported, "there is no engine");
}

Pipeline Pipeline::with_textual_inversions(const std::vector<TextualInversion>&) const {
  fail(Code::unsupported, "there is no engine");
}

PipelineInfo Pipeline::info() const { fail(Code::unsupported, "there is no engine"); }
std::vector<std::string> Pipeline::prompt_warnings(const std::vector<std::string>&,
                                                   const PromptReading&) const {
  return {};
}

Ranks Ranks::join(const std::string&, const RanksOptions&) {
  fail(Code::unsupported, "there is no engine");
}
int Ranks::local_size() const noexcept { return 1; }
const std::string& Ranks::device() const noexcept {
  static const std::string none;
  return none;
}
void Ranks::give_up(const std::string&) const noexcept {}

std::vector<std::string> schedule_names() { return schedule::solver_names(); }

}  // namespace latentrt
