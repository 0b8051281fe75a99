/// How do I make a picture from a prompt? Usage: txt2img MODEL_DIRECTORY "a prompt" OUT.ppm

#include <iostream>
#include <latentrt/error.hpp>
#include <latentrt/output_files.hpp>
#include <latentrt/sampler.hpp>
#include <string>
#include <vector>

namespace {

/// The simplest picture format; most viewers open it.
void write_ppm(const char* file, const latentrt::Image& image) {
  const std::string header =
      "P6\n" + std::to_string(image.width) + ' ' + std::to_string(image.height) + "\n255\n";
  std::vector<std::uint8_t> bytes(header.begin(), header.end());
  bytes.insert(bytes.end(), image.pixels.begin(), image.pixels.end());
  latentrt::write_file(file, bytes);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: txt2img MODEL_DIRECTORY PROMPT OUT.ppm\n";
    return 2;
  }
  try {
    const auto context = latentrt::Context::create();
    const auto pipeline = latentrt::Pipeline::load(context, argv[1]);
    const latentrt::Sampler sampler(pipeline,
                                    {.schedule = latentrt::Spec::parse("ddim"), .steps = 25});

    latentrt::Request request;
    request.prompt = argv[2];
    request.seed = 7;
    const latentrt::Result result = sampler.run(request, [](const latentrt::StepEvent& event) {
      std::cerr << "\rstep " << event.step << " of " << event.steps;
    });
    std::cerr << '\n';
    write_ppm(argv[3], result.images.front());
  } catch (const latentrt::Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
  return 0;
}
