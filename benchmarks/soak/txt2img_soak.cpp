/// Makes five hundred pictures of random sizes, steps, schedules and accelerators in one process,
/// and cancels a fourth of them at a random moment. Checks that memory stays constant, and that
/// pictures repeated at the end are equal bit for bit.
///
///   txt2img_soak --model models/shapes --runs 500 --seed 1 --threads 0 --host-pool
///
/// Without --host-pool, tensors come from malloc(), whose heap becomes fragmented by sizes that
/// change from run to run: resident memory then varies by up to 13 % between two runs, without
/// growing for good (727 MiB after 2,500 runs, 721 MiB after 1,750).
///
/// Exits with 1 if a check fails.

#include <atomic>
#include <deque>
#include <latentrt/error.hpp>
#include <latentrt/host_pool.hpp>
#include <latentrt/sampler.hpp>
#include <random>
#include <thread>

#include "soak.hpp"

namespace {

using namespace latentrt;
using Random = std::mt19937_64;

const std::vector<std::string> kSchedules{"ddim", "ddim:eta=0.5", "euler", "euler_a", "dpmpp_2m"};
const std::vector<std::vector<std::string>> kAccelerators{
    {}, {"deepcache:interval=2"}, {"deepcache:interval=3"}, {"patch:simulate_ranks=2"}};
constexpr int kSides[]{64, 96, 128};
constexpr std::size_t kMadeAgain = 20;

struct Run {
  SamplerOptions options{};
  Request request{};
  std::vector<std::string> accelerators{};

  static Run any(Random& random) {
    Run run;
    run.options.schedule = Spec::parse(kSchedules[random() % kSchedules.size()]);
    run.options.steps = static_cast<int>(2 + random() % 7);
    run.options.guidance.scale = random() % 2 == 0 ? 1 : 3;
    run.request.prompt = random() % 2 == 0 ? "a large red circle" : "a small blue square";
    run.request.width = kSides[random() % std::size(kSides)];
    run.request.height = kSides[random() % std::size(kSides)];
    run.request.batch = static_cast<int>(1 + random() % 2);
    run.request.seed = random();
    run.accelerators = kAccelerators[random() % kAccelerators.size()];
    return run;
  }

  /// One for each combination of what the network's calls depend on.
  static std::vector<Run> of_each_kind() {
    std::vector<Run> all;
    for (const int width : kSides)
      for (const int height : kSides)
        for (const int batch : {1, 2})
          for (const double guidance : {1.0, 3.0})
            for (const auto& accelerators : kAccelerators) {
              Run run{.options = {.steps = 4}, .accelerators = accelerators};
              run.options.guidance.scale = guidance;
              run.request = {.prompt = "a large red circle", .width = width, .height = height};
              run.request.batch = batch;
              all.push_back(std::move(run));
            }
    return all;
  }

  Sampler sampler(const Pipeline& pipeline) const {
    std::vector<AcceleratorChoice> choices;
    for (const std::string& text : accelerators) choices.emplace_back(Spec::parse(text));
    return Sampler(pipeline, options, choices);
  }
};

struct Done {
  Run run;
  std::vector<Image> images;
};

/// Cancels from another thread after a random time, which may be after the end.
bool was_cancelled(Session& session, const Request& request, Random& random) {
  const auto delay = std::chrono::microseconds(random() % 100'000);
  std::atomic<bool> begun = false;
  std::thread other([&] {
    while (!begun) std::this_thread::yield();
    std::this_thread::sleep_for(delay);
    session.cancel();
  });
  bool cancelled = false;
  try {
    begun = true;
    session.run(request);
  } catch (const Error& error) {
    cancelled = error.code() == Code::cancelled;
    other.join();
    if (!cancelled) throw;
    return true;
  }
  other.join();
  return false;
}

bool same(const std::vector<Image>& a, const std::vector<Image>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const Image& x, const Image& y) { return x.pixels == y.pixels; });
}

int run(const std::string& model, std::uint64_t runs, std::uint64_t seed, int threads) {
  const Pipeline pipeline = Pipeline::load(Context::create({.threads = threads}), model);
  // What is kept for each kind of call, such as kernels and decisions, exists from now on.
  for (const Run& kind : Run::of_each_kind()) kind.sampler(pipeline).run(kind.request);
  Random random(seed);
  soak::Watch watch(runs);
  std::deque<Done> made;
  std::uint64_t cancelled = 0;
  for (std::uint64_t i = 0; i < runs; ++i) {
    Run next = Run::any(random);
    Session session = next.sampler(pipeline).open();
    if (random() % 4 == 0) {
      cancelled += was_cancelled(session, next.request, random);
    } else {
      std::vector<Image> images = session.run(next.request).images;
      made.push_back({std::move(next), std::move(images)});
      if (made.size() > kMadeAgain) made.pop_front();
    }
    watch.saw(i + 1);
  }
  const bool flat = watch.spread() <= soak::kFlat;
  std::size_t different = 0;
  for (const Done& done : made)
    different += !same(done.run.sampler(pipeline).run(done.run.request).images, done.images);
  std::printf("%llu runs, %llu cancelled, memory %s, %zu of %zu made again differ\n",
              static_cast<unsigned long long>(runs), static_cast<unsigned long long>(cancelled),
              flat ? "flat" : "NOT FLAT", different, made.size());
  return flat && different == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Makes pictures with random settings in one process, and cancels a fourth of them");
  std::string model = "models/shapes";
  std::uint64_t runs = 500, seed = 1;
  int threads = 0;
  app.add_option("--model", model, "a model of pictures from prompts")->capture_default_str();
  app.add_option("--runs", runs, "pictures or batches in all")->capture_default_str();
  app.add_option("--seed", seed, "of the random settings")->capture_default_str();
  app.add_option("--threads", threads, "0 uses all cores")->capture_default_str();
  bool pool = false;
  app.add_flag("--host-pool", pool, "with the library's memory pool, as in the programs");
  return soak::main_of(app, argc, argv, [&] {
    if (pool) use_host_pool();
    return run(model, runs, seed, threads);
  });
}
