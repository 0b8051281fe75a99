#include "cli/bench/text_bench.hpp"

#include <fmt/format.h>

#include <latentrt/benchmark.hpp>
#include <latentrt/error.hpp>
#include <nlohmann/json.hpp>

#include "cli/support/json_output.hpp"
#include "cli/support/libraries.hpp"
#include "cli/support/process.hpp"

namespace latentrt::cli {
namespace {

constexpr double kMebibyte = 1024.0 * 1024.0;

nlohmann::ordered_json to_json(const PartTiming& timing) {
  return {{"median_s", timing.median_s},
          {"min_s", timing.min_s},
          {"runs", timing.runs_s},
          {"warm_up_s", timing.warm_up_s}};
}

class TextBench {
 public:
  explicit TextBench(const BenchFlags& flags)
      : flags_(flags), model_(flags.open_text_model()), ready_s_(seconds_since_start()) {}

  void run() {
    const TextModelInfo info = model_.info();
    report_ = {{flags_.model.empty() ? "config" : "model", flags_.model_name()},
               {"parameters", info.parameters},
               {"dtype", name_of(flags_.device.chosen_dtype())},
               {"device", flags_.device.device},
               {"threads", flags_.device.threads},
               {"prompt_tokens", flags_.text.prompt_tokens},
               {"gen_length", flags_.text.options.gen_length},
               {"block_length", flags_.text.options.block_length},
               {"answers", flags_.text.answers},
               {"ready_s", ready_s_},
               {"libraries", library_versions()}};
    if (!flags_.json)
      fmt::print("{}, {:.2f} B parameters, {}, {}; {} answers of {} tokens after {}\n",
                 flags_.model_name(), 1e-9 * static_cast<double>(info.parameters),
                 name_of(flags_.device.chosen_dtype()), flags_.device.device, flags_.text.answers,
                 flags_.text.options.gen_length, flags_.text.prompt_tokens);
    for (const std::string& what : flags_.what) run_part(what);
    report_["peak_memory_bytes"] = peak_memory_bytes();
    if (flags_.json) print_json(stdout, report_);
  }

 private:
  void run_part(const std::string& what) {
    if (what == "answer") return time_policies();
    if (what == "head") return time_heads();
    throw Error(Code::invalid_argument,
                fmt::format("unknown part '{}' of a language model: it is answer or head", what));
  }

  void time_policies() {
    for (const std::string& policy : flags_.text.policies) {
      TextOptions options = flags_.text.options;
      options.policy = Spec::parse(policy);
      const AnswerTiming made = time_answers(model_, options, flags_.text.prompt_tokens,
                                             flags_.text.answers, flags_.runs);
      const auto tokens = static_cast<double>(options.gen_length * flags_.text.answers);
      nlohmann::ordered_json entry = to_json(made.run);
      entry["forwards"] = made.forwards;
      entry["rows"] = made.rows;
      entry["tokens_per_s"] = tokens / made.run.median_s;
      report_["answer"][policy] = entry;
      if (flags_.json) continue;
      fmt::print("{:<24} median {:>9.3f} s   min {:>9.3f} s   {:>4} forwards  {:>8.2f} tokens/s\n",
                 policy, made.run.median_s, made.run.min_s, made.forwards,
                 tokens / made.run.median_s);
    }
  }

  void time_heads() {
    const std::int64_t tokens = flags_.text.prompt_tokens + flags_.text.options.gen_length;
    const auto time = [&](const char* name, std::int64_t wanted) {
      const TextCallTiming made =
          time_text_call(model_, tokens, wanted, flags_.text.answers, flags_.runs);
      nlohmann::ordered_json entry = to_json(made.run);
      entry["wanted"] = wanted;
      entry["bytes"] = made.bytes;
      report_["head"][name] = entry;
      if (flags_.json) return;
      fmt::print("head of {:<5} {:>5} tokens  median {:>9.3f} s   min {:>9.3f} s   {:>9.1f} MiB\n",
                 name, wanted, made.run.median_s, made.run.min_s,
                 static_cast<double>(made.bytes) / kMebibyte);
    };
    time("block", flags_.text.options.block_length);
    time("all", tokens);
  }

  const BenchFlags& flags_;
  const TextModel model_;
  const double ready_s_;
  nlohmann::ordered_json report_;
};

}  // namespace

void bench_text(const BenchFlags& flags) {
  if (!flags.accel.empty() || flags.profile)
    throw Error(Code::invalid_argument, "--accel and --profile are for models of pictures");
  TextBench(flags).run();
}

}  // namespace latentrt::cli
