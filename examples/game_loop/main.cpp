/// How do I stream frames through a model without blocking my game? Usage: game_loop
/// MODEL_DIRECTORY OUT.ppm
///
/// A loop of 30 frames per second draws a moving ball, pushes the frame, and shows the newest
/// finished picture.

#include <chrono>
#include <iostream>
#include <latentrt/error.hpp>
#include <latentrt/output_files.hpp>
#include <latentrt/stream_session.hpp>
#include <latentrt/threads.hpp>
#include <string>
#include <thread>
#include <vector>

namespace {

constexpr int kFrames = 60;
constexpr auto kPeriod = std::chrono::milliseconds(33);

latentrt::Image draw_ball(int width, int height, int frame) {
  latentrt::Image image{width, height, {}};
  const int cx = width / 4 + frame * width / (2 * kFrames), cy = height / 2, radius = width / 6;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const bool inside = (x - cx) * (x - cx) + (y - cy) * (y - cy) < radius * radius;
      const std::uint8_t shade = inside ? 40 : 255;
      image.pixels.insert(image.pixels.end(), {shade, shade, 255});
    }
  }
  return image;
}

void write_ppm(const char* file, const latentrt::Image& image) {
  const std::string header =
      "P6\n" + std::to_string(image.width) + ' ' + std::to_string(image.height) + "\n255\n";
  std::vector<std::uint8_t> bytes(header.begin(), header.end());
  bytes.insert(bytes.end(), image.pixels.begin(), image.pixels.end());
  latentrt::write_file(file, bytes);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: game_loop MODEL_DIRECTORY OUT.ppm\n";
    return 2;
  }
  try {
    // The game keeps a core for itself.
    const auto context = latentrt::Context::create({.threads = latentrt::threads_beside_host()});
    const auto pipeline = latentrt::Pipeline::load(context, argv[1]);
    latentrt::StreamSession session(
        pipeline, {.prompt = "a large orange star on a black background", .t_index = {16, 32}});
    latentrt::Image shown;
    for (int frame = 0; frame < kFrames; ++frame) {
      const auto next = std::chrono::steady_clock::now() + kPeriod;
      session.push(draw_ball(session.width(), session.height(), frame));
      if (frame == kFrames / 2)
        session.update({.prompt = "a large green star on a black background", .ramp = 10});
      if (auto finished = session.poll()) shown = std::move(finished->image);
      std::this_thread::sleep_until(next);
    }
    session.drain();
    while (auto finished = session.wait(std::chrono::seconds(60)))
      shown = std::move(finished->image);
    write_ppm(argv[2], shown);
    const latentrt::StreamCounters counters = session.counters();
    std::cout << kFrames << " frames pushed, " << counters.dropped << " gave way to later ones, "
              << counters.finished << " pictures made\n";
  } catch (const latentrt::Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
  return 0;
}
