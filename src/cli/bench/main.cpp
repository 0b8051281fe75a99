/// latentrt-bench: times the parts of an architecture with random weights, or of a model.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <latentrt/benchmark.hpp>
#include <latentrt/error.hpp>
#include <latentrt/host_pool.hpp>
#include <latentrt/sampler.hpp>

#include "cli/bench/bench_flags.hpp"
#include "cli/bench/profile_report.hpp"
#include "cli/bench/text_bench.hpp"
#include "cli/support/exit.hpp"
#include "cli/support/json_output.hpp"
#include "cli/support/libraries.hpp"
#include "cli/support/process.hpp"

namespace latentrt::cli {
namespace {

/// One benchmark, part by part. Every rank runs it, and the first one reports.
class Bench {
 public:
  Bench(const BenchFlags& flags, const Ranks& ranks)
      : flags_(flags),
        ranks_(ranks),
        pipeline_(flags.open_pipeline()),
        ready_s_(seconds_since_start()),
        tells_(ranks.rank() == 0),
        prints_(tells_ && !flags.json) {
    const PipelineInfo info = pipeline_.info();
    if (flags_.width == 0) flags_.width = info.default_width;
    if (flags_.height == 0) flags_.height = info.default_height;
  }

  void run() {
    begin_report();
    for (const std::string& what : flags_.what) run_part(what);
    report_["peak_memory_bytes"] = peak_memory_bytes();
    if (tells_) pipeline_.update_pack_cache();
    if (tells_ && flags_.json) print_json(stdout, report_);
  }

 private:
  void begin_report() {
    report_ = flags_.subject();
    report_["device"] = flags_.device.device;
    report_["threads"] = flags_.device.threads;
    report_["ranks"] = ranks_.size();
    report_["ready_s"] = ready_s_;
    report_["libraries"] = library_versions();
    const std::string& subject = flags_.model_name();
    if (prints_)
      fmt::print("{} {} x {}, batch {}, {}, {}\n", subject, flags_.width, flags_.height,
                 flags_.batch, name_of(flags_.device.chosen_dtype()), flags_.device.device);
  }

  void run_part(const std::string& what) {
    if (what == "link") return report_link(measure_link(ranks_, flags_.runs));
    if (what == "profile") return report_profile("profile", profile_unet());
    if (what == "vae-profile") return report_profile("vae_profile", profile_vae());
    report_timing(what, time_part(what));
  }

  int pictures() const { return flags_.batch - flags_.batch / 2; }

  PartTiming time_part(const std::string& what) const {
    if (what == "unet")
      return time_unet(pipeline_, flags_.width, flags_.height, flags_.batch, flags_.runs, ranks_,
                       flags_.accelerator());
    if (what == "vae")
      return time_vae_decode(pipeline_, flags_.width, flags_.height, pictures(), flags_.runs);
    if (what == "text") return time_text(pipeline_, flags_.batch, flags_.runs);
    if (what == "e2e")
      return time_picture(pipeline_, flags_.width, flags_.height, flags_.steps, flags_.runs);
    throw Error(
        Code::invalid_argument,
        fmt::format(
            "unknown part '{}': it is one of unet, vae, text, e2e, profile, vae-profile, link",
            what));
  }

  void report_timing(const std::string& what, const PartTiming& timing) {
    report_[what] = {{"median_s", timing.median_s},
                     {"min_s", timing.min_s},
                     {"runs", timing.runs_s},
                     {"warm_up_s", timing.warm_up_s},
                     {"tensors",
                      {{"of_pool", timing.tensors.of_pool},
                       {"of_system", timing.tensors.of_system},
                       {"small", timing.tensors.small}}}};
    if (!prints_) return;
    fmt::print("{:<6} median {:>10.4f} s   min {:>10.4f} s   runs {}\n", what, timing.median_s,
               timing.min_s, timing.runs_s.size());
    fmt::print(
        "       tensors of a run: {:g} in memory of its own, {:g} asked of the system, {:g} "
        "below 4 KiB\n",
        timing.tensors.of_pool, timing.tensors.of_system, timing.tensors.small);
  }

  void report_link(const Link& link) {
    report_["link"] = {{"alpha_s", link.alpha_s},
                       {"beta_bytes_per_s", link.beta_bytes_per_s},
                       {"kappa", link.kappa}};
    if (prints_)
      fmt::print("link   --link alpha={:.3f}us,beta={:.3f}GB/s,kappa={:.2f}\n", 1e6 * link.alpha_s,
                 1e-9 * link.beta_bytes_per_s, link.kappa);
  }

  std::vector<NodeProfile> profile_unet() const {
    const int width = flags_.width, height = flags_.height;
    return flags_.is_shared()
               ? profile_band(pipeline_, width, height, flags_.batch, flags_.runs, ranks_)
               : latentrt::profile_unet(pipeline_, width, height, flags_.batch, flags_.runs);
  }

  std::vector<NodeProfile> profile_vae() const {
    return profile_vae_decode(pipeline_, flags_.width, flags_.height, pictures(), flags_.runs);
  }

  void report_profile(const char* name, const std::vector<NodeProfile>& nodes) {
    const ProfileReport profile(nodes, measure_peaks(pipeline_));
    report_[name] = profile.to_json();
    if (prints_) profile.print();
  }

  BenchFlags flags_;
  const Ranks ranks_;
  const Pipeline pipeline_;
  const double ready_s_;
  const bool tells_, prints_;
  nlohmann::ordered_json report_;
};

void bench(const CLI::App& app, BenchFlags flags) {
  flags.complete();
  if (flags.is_of_text()) return bench_text(flags);
  if (flags.profile) flags.add_profiles();
  flags.accelerator();  // reports a wrong one before anything is loaded
  flags.ranks.run(app, {"--device", "--threads", "--json"}, flags.device,
                  [&](const Ranks& ranks) { Bench(flags, ranks).run(); });
}

}  // namespace
}  // namespace latentrt::cli

int main(int argc, char** argv) {
  latentrt::use_host_pool();  // the process only runs the library
  CLI::App app("latentrt-bench: times the parts of an architecture with random weights",
               "latentrt-bench");
  latentrt::cli::BenchFlags flags;
  flags.add_to(app);
  app.callback([&] { latentrt::cli::bench(app, flags); });
  return latentrt::cli::run_main(app, argc, argv);
}
