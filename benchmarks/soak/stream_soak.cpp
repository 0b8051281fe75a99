/// Sends a hundred thousand frames through one StreamSession while prompts, stages, guidance, seeds
/// and reductions change at random. Checks that every frame comes out once and in order, and that
/// memory stays constant. Then repeats a part with a recording and checks that the replay is equal
/// bit for bit.
///
///   stream_soak --model models/shapes-lcm --frames 100000 --recorded 5000 --seed 1 --side 64
///               --threads 0
///
/// Exits with 1 if a check fails.

#include <filesystem>
#include <latentrt/stream_recording.hpp>
#include <latentrt/stream_session.hpp>
#include <random>
#include <system_error>

#include "soak.hpp"

namespace {

using namespace latentrt;
using namespace std::chrono_literals;
using Random = std::mt19937_64;

const std::vector<std::vector<int>> kStages{{32}, {22, 40}, {18, 28, 38}, {0, 16, 32, 45}};
const std::vector<std::string> kPrompts{"a large red circle", "a small blue square",
                                        "a large green star on a white background", ""};

struct Settings {
  std::uint64_t frames = 100'000, recorded = 5000, seed = 1;
  int side = 64, threads = 0;
};

Image random_frame(Random& random, int side) {
  Image image{side, side, std::vector<std::uint8_t>(std::size_t{3} * side * side)};
  const std::uint64_t first = random(), step = random() | 1;
  for (std::size_t i = 0; i < image.pixels.size(); ++i)
    image.pixels[i] = static_cast<std::uint8_t>((first + i * step) >> 56);
  return image;
}

template <class List>
const auto& pick(const List& list, Random& random) {
  return list[random() % list.size()];
}

StreamUpdate random_update(Random& random) {
  StreamUpdate update;
  switch (random() % 5) {
    case 0:
      update.prompt = pick(kPrompts, random);
      update.immediate = random() % 2 == 0;
      update.ramp = random() % 3 == 0 ? 5 : 0;
      break;
    case 1:
      update.t_index = pick(kStages, random);
      update.immediate = random() % 2 == 0;
      if (random() % 2 == 0) update.prompt = pick(kPrompts, random);
      break;
    case 2:
      update.guidance = 1 + 0.1 * static_cast<double>(random() % 10);
      break;
    case 3:
      update.seed = random() % 4;
      break;
    default:
      update.reduction = static_cast<int>(random() % 4);
  }
  return update;
}

/// Takes frames and checks that each comes once and in order.
class Taker {
 public:
  explicit Taker(StreamSession& session) : session_(session) {}

  std::uint64_t taken() const { return next_; }
  void take_all() {
    while (auto frame = session_.poll_next()) check(*frame);
  }
  void take_last() {
    session_.drain();
    while (auto frame = session_.wait(60s)) check(*frame);
  }

 private:
  void check(const StreamFrame& frame) {
    soak::require(frame.ticket == next_, "frame " + std::to_string(frame.ticket) +
                                             " came out as number " + std::to_string(next_));
    ++next_;
  }

  StreamSession& session_;
  std::uint64_t next_ = 0;
};

/// Applies an update in the middle of `every` frames, and a drain every ten updates.
void stream_frames(const Pipeline& pipeline, const StreamOptions& options, std::uint64_t frames,
                   std::uint64_t seed, soak::Watch* watch) {
  constexpr std::uint64_t kEvery = 15;
  Random random(seed);
  StreamSession session(pipeline, options,
                        {.input = 4, .policy = QueuePolicy::block, .output = 4096});
  Taker taker(session);
  for (std::uint64_t i = 0; i < frames; ++i) {
    if (random() % kEvery == 0) session.update(random_update(random));
    if (random() % (10 * kEvery) == 0) session.drain();
    session.push(random_frame(random, options.width));
    taker.take_all();
    if (watch) watch->saw(i + 1);
  }
  taker.take_last();
  soak::require(taker.taken() == frames, std::to_string(taker.taken()) + " of " +
                                             std::to_string(frames) + " frames came out");
  const StreamCounters counters = session.counters();
  soak::require(counters.dropped + counters.rejected + counters.expired + counters.waiting == 0,
                "the counters do not balance");
}

/// Number of frames of the replay that differ from the recording.
std::uint64_t replay_part(const Pipeline& pipeline, StreamOptions options, const Settings& s) {
  const auto folder = std::filesystem::temp_directory_path();
  options.recording =
      (folder / ("stream_soak." + std::to_string(getpid()) + ".recording")).string();
  stream_frames(pipeline, options, s.recorded, s.seed + 1, nullptr);
  const StreamReplay replay = StreamRecording(options.recording).replay(pipeline);
  std::filesystem::remove(options.recording);
  std::printf("replayed %llu frames, %llu other than recorded\n",
              static_cast<unsigned long long>(replay.frames),
              static_cast<unsigned long long>(replay.different));
  soak::require(replay.frames == s.recorded, "the recording holds another number of frames");
  return replay.different;
}

int run(const Settings& s, const std::string& model) {
  const Pipeline pipeline = Pipeline::load(Context::create({.threads = s.threads}), model);
  StreamOptions options{.prompt = kPrompts[0],
                        .t_index = kStages[2],
                        .residual = StreamGuidance::onetime_negative,
                        .width = s.side,
                        .height = s.side,
                        .similarity = {.threshold = 0.98, .max_skip = 3}};
  soak::Watch watch(s.frames);
  stream_frames(pipeline, options, s.frames, s.seed, &watch);
  const bool flat = watch.spread() <= soak::kFlat;
  const bool same = s.recorded == 0 || replay_part(pipeline, options, s) == 0;
  std::printf("%llu frames in order, memory %s, replay %s\n",
              static_cast<unsigned long long>(s.frames), flat ? "flat" : "NOT FLAT",
              same ? "bit for bit" : "NOT THE SAME");
  return flat && same ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Sends frames through one StreamSession while its settings change at random");
  Settings settings;
  std::string model = "models/shapes-lcm";
  app.add_option("--model", model, "a model for streams")->capture_default_str();
  app.add_option("--frames", settings.frames, "frames in all")->capture_default_str();
  app.add_option("--recorded", settings.recorded, "frames that are recorded and replayed")
      ->capture_default_str();
  app.add_option("--seed", settings.seed, "of the random changes")->capture_default_str();
  app.add_option("--side", settings.side, "pixels")->capture_default_str();
  app.add_option("--threads", settings.threads, "0 uses all cores")->capture_default_str();
  return soak::main_of(app, argc, argv, [&] { return run(settings, model); });
}
