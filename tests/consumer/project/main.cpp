// Makes a picture in two steps with the model given on the command line, and catches an error of
// the library.
#include <cstdio>
#include <latentrt/error.hpp>
#include <latentrt/sampler.hpp>

namespace {

bool reports_missing_model(const latentrt::Context& context) {
  try {
    latentrt::Pipeline::load(context, "no/such/model");
  } catch (const latentrt::Error& error) {
    return error.code() == latentrt::Code::not_found;
  }
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const auto context = latentrt::Context::create();
  if (!reports_missing_model(context)) return 1;
  const auto pipeline = latentrt::Pipeline::load(context, argv[1]);
  const latentrt::Sampler sampler(pipeline, {.steps = 2});
  const latentrt::Result result = sampler.run({.prompt = "a large red circle", .seed = 1});
  std::printf("%d x %d pixels\n", result.images.at(0).width, result.images.at(0).height);
  return result.images[0].pixels.empty() ? 1 : 0;
}
