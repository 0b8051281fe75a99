#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <latentrt/tensor.hpp>
#include <nlohmann/json.hpp>

#include "cli/latentrt_fixture.hpp"
#include "cli/pictures/png.hpp"
#include "support/sanitizers.hpp"
#include "support/temp_dir.hpp"

namespace latentrt::testing {
namespace {

namespace fs = std::filesystem;

TEST_F(Latentrt, WritesAPictureOfTheModelsSize) {
  const Outcome outcome = generate({});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const Image image = cli::read_png(picture());
  EXPECT_EQ(image.width, 128);
  EXPECT_EQ(image.height, 128);
  EXPECT_EQ(outcome.out, picture() + "\n");
}

TEST_F(Latentrt, BatchNumbersItsFiles) {
  ASSERT_EQ(generate({"--batch", "3"}).exit_code, 0);
  for (const char* name : {"o.png", "o-1.png", "o-2.png"})
    EXPECT_TRUE(fs::exists(folder_ / name)) << name;
}

TEST_F(Latentrt, SameSeedSameBitsOtherSeedOthers) {
  const auto latents = [&](const char* seed) {
    const std::string file = (folder_ / "l.safetensors").string();
    EXPECT_EQ(generate({"--seed", seed, "--save-latents", file}).exit_code, 0);
    return read_tensors(file).at("latents").data;
  };
  const std::vector<float> first = latents("5");
  EXPECT_EQ(first, latents("5"));
  EXPECT_NE(first, latents("6"));
}

TEST_F(Latentrt, GivenLatentsReplaceTheDraw) {
  HostTensor noise{{1, 4, 16, 16}, std::vector<float>(1024)};
  for (std::size_t i = 0; i < noise.data.size(); ++i)
    noise.data[i] = static_cast<float>(std::sin(static_cast<double>(i) * 1.7));
  const std::string file = (models_ / "noise.safetensors").string();
  write_tensors(file, {{"latents", noise}});
  const auto run = [&](const char* seed) {
    const std::string out = (folder_ / "l.safetensors").string();
    EXPECT_EQ(generate({"--latents", file, "--seed", seed, "--save-latents", out}).exit_code, 0);
    return read_tensors(out).at("latents").data;
  };
  EXPECT_EQ(run("1"), run("2"));
}

TEST_F(Latentrt, ImageToImageStartsFromThePicture) {
  ASSERT_EQ(generate({"--steps", "4"}).exit_code, 0);
  const fs::path start = models_ / "start.png";
  fs::rename(picture(), start);
  const Outcome outcome =
      generate({"--steps", "4", "--image", start.string(), "--strength", "0.5"}, "img2img");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_TRUE(fs::exists(picture()));
}

TEST_F(Latentrt, JsonIsOneObject) {
  const Outcome outcome = generate({"--json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const auto json = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(json["out"][0], picture());
  EXPECT_EQ(json["step_s"].size(), 2U);
  EXPECT_GT(json["peak_memory_bytes"].get<double>(), 0);
  EXPECT_NE(json["plan"].get<std::string>().find("variants"), std::string::npos);
  EXPECT_EQ(outcome.err, "");
}

TEST_F(Latentrt, EverySchedulerMakesAPicture) {
  for (const char* name :
       {"ddim", "ddpm", "pndm", "euler", "euler_a", "dpmpp_2m", "dpmpp_2m_karras", "lcm",
        "ddim:eta=0.5", "unipc", "heun", "dpmpp_sde", "dpmpp_2s_a", "dpmsolver", "tcd:eta=0.3",
        "ddim_inverse", "sa_solver", "ddim:thresholding=true", "euler:step_table=gits"}) {
    const Outcome outcome = generate({"--scheduler", name});
    EXPECT_EQ(outcome.exit_code, 0) << name << ": " << outcome.err;
  }
}

TEST_F(Latentrt, HalfPrecisionStaysClose) {
  const auto latents = [&](const char* dtype) {
    const std::string file = (folder_ / "l.safetensors").string();
    const Outcome outcome = generate({"--dtype", dtype, "--guidance", "1", "--save-latents", file});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return read_tensors(file).at("latents").data;
  };
  const std::vector<float> exact = latents("fp32");
  // Rounding to 8 bits has an error of 2^-8 relative to a row's largest value, rounding to 16 bits
  // of 2^-9 relative to each value.
  for (const auto& [dtype, bound] :
       {std::pair("bf16", 0.05), std::pair("fp16", 0.05), std::pair("int8", 0.15)}) {
    if (dtype == std::string_view("int8") && !__builtin_cpu_supports("avx512vnni")) {
      const Outcome outcome = generate({"--dtype", dtype});
      EXPECT_EQ(outcome.exit_code, 2);
      EXPECT_NE(outcome.err.find("int8 needs a processor with 8-bit products"), std::string::npos);
      continue;
    }
    const std::vector<float> rough = latents(dtype);
    double error = 0, power = 0;
    for (std::size_t i = 0; i < exact.size(); ++i) {
      error += std::pow(static_cast<double>(rough[i]) - exact[i], 2);
      power += std::pow(static_cast<double>(exact[i]), 2);
    }
    EXPECT_LT(std::sqrt(error / power), bound) << dtype;
  }
}

TEST_F(Latentrt, InfoExplainAndDevicesAnswer) {
  const Outcome info = run_latentrt({"info", "--model", kModel, "--json"});
  ASSERT_EQ(info.exit_code, 0) << info.err;
  EXPECT_EQ(nlohmann::json::parse(info.out)["width"], 128);
  const Outcome plan = run_latentrt({"explain", "--model", kModel, "--steps", "7"});
  EXPECT_NE(plan.out.find("7 network calls"), std::string::npos) << plan.out << plan.err;
  const std::string devices = run_latentrt({"devices"}).out;
  EXPECT_EQ(devices.substr(0, 3), "cpu");
  EXPECT_NE(devices.find("LibTorch"), std::string::npos) << devices;
  const auto json = nlohmann::json::parse(run_latentrt({"devices", "--json"}).out);
  EXPECT_EQ(json["devices"][0]["name"], "cpu");
  EXPECT_EQ(json["devices"][0]["refusal"], "");
  EXPECT_NE(json["libraries"]["LibTorch"], "");
}

TEST_F(Latentrt, RefusesAMissingModel) {
  model_ = "/no/such/model";
  expect_refused(generate({}), "/no/such/model");
}

TEST_F(Latentrt, RefusesAMissingWeightFile) {
  fs::remove(copied_model() / "unet/diffusion_pytorch_model.safetensors");
  expect_refused(generate({}), "diffusion_pytorch_model.safetensors");
}

TEST_F(Latentrt, RefusesACutWeightFile) {
  fs::resize_file(copied_model() / "unet/diffusion_pytorch_model.safetensors", 100'000);
  expect_refused(generate({}), "unet/diffusion_pytorch_model.safetensors");
}

TEST_F(Latentrt, RefusesWeightsOfAnotherShape) {
  const fs::path config = copied_model() / "unet/config.json";
  auto json = nlohmann::json::parse(std::ifstream(config));
  json["in_channels"] = 8;
  json["out_channels"] = 4;
  std::ofstream(config) << json;
  expect_refused(generate({}), "8 input");
}

TEST_F(Latentrt, RefusesATensorOfAnotherShape) {
  const fs::path config = copied_model() / "text_encoder/config.json";
  auto json = nlohmann::json::parse(std::ifstream(config));
  json["intermediate_size"] = json["intermediate_size"].get<int>() + 1;
  std::ofstream(config) << json;
  expect_refused(generate({}), "has shape [");
}

TEST_F(Latentrt, RefusesAWrongTypeInAConfig) {
  const fs::path config = copied_model() / "vae/config.json";
  auto json = nlohmann::json::parse(std::ifstream(config));
  json["latent_channels"] = "four";
  std::ofstream(config) << json;
  expect_refused(generate({}), "latent_channels");
}

TEST_F(Latentrt, RefusesPickledWeightsOnRequest) {
  const fs::path folder = copied_model() / "unet";
  fs::remove(folder / "diffusion_pytorch_model.safetensors");
  std::ofstream(folder / "diffusion_pytorch_model.bin") << "PK";
  expect_refused(generate({"--no-pickle"}), "pickles are refused here; convert them");
  expect_refused(generate({}), "2 bytes are too few");
}

TEST_F(Latentrt, RefusesLatentsOfAnotherShape) {
  const std::string file = (models_ / "noise.safetensors").string();
  write_tensors(file, {{"latents", {{1, 4, 8, 16}, std::vector<float>(512, 0.5F)}}});
  expect_refused(generate({"--latents", file}), "[1,4,8,16]");
}

TEST_F(Latentrt, RefusesLatentsThatAreNotFinite) {
  const std::string file = (models_ / "noise.safetensors").string();
  write_tensors(file, {{"latents", {{1, 4, 16, 16}, std::vector<float>(1024, std::nanf(""))}}});
  expect_refused(generate({"--latents", file}), "NaN");
}

TEST_F(Latentrt, RefusesEmbeddingsTogetherWithAPrompt) {
  expect_refused(generate({"--embeds", "whatever.safetensors"}), "--embeds");
}

TEST_F(Latentrt, RefusesStrengthWithoutAnImage) {
  expect_refused(generate({"--strength", "0.5"}), "--strength");
}

TEST_F(Latentrt, RefusesAPromptThatIsNotUtf8) {
  expect_refused(generate({"--negative", "caf\xE9"}), "UTF-8");
}

TEST_F(Latentrt, TakesPromptsOfAnyForm) {
  std::string long_prompt;
  for (int i = 0; i < 40'000; ++i) long_prompt += "a ";
  for (const std::string& prompt :
       {std::string(), std::string("((("), std::string("\u05E9\u05DC \U0001F468\u200D\U0001F469"),
        long_prompt}) {
    const Outcome outcome = generate({"--negative", prompt, "--weighted-prompts"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  }
}

class RefusesStrength : public Latentrt, public ::testing::WithParamInterface<const char*> {};

TEST_P(RefusesStrength, OutsideZeroToOne) {
  const Outcome outcome = generate({"--image", kModel + "/contact_sheet.png", "--width", "64",
                                    "--height", "64", "--strength", GetParam()},
                                   "img2img");
  expect_refused(outcome, "strength");
}

INSTANTIATE_TEST_SUITE_P(Values, RefusesStrength,
                         ::testing::Values("0", "-0.5", "1.5", "nan", "inf"));

TEST_F(Latentrt, KeepsAnOlderPictureWhenARunIsRefused) {
  const TempDir place;
  const std::string old = place.write("old.png", "not touched").string();
  const Outcome outcome =
      run_latentrt({"txt2img", "--model", kModel, "--prompt", "x", "--out", old, "--width", "65"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_EQ(fs::file_size(old), 11U);
}

struct BadFlag {
  const char* name;
  Arguments flags;
  const char* part;
};

class RefusesFlag : public Latentrt, public ::testing::WithParamInterface<BadFlag> {};

TEST_P(RefusesFlag, InOneSentence) { expect_refused(generate(GetParam().flags), GetParam().part); }

INSTANTIATE_TEST_SUITE_P(
    Latentrt, RefusesFlag,
    ::testing::Values(
        BadFlag{"Unknown", {"--colour", "red"}, "--colour"},
        BadFlag{"PackCacheNowhere", {"--pack-cache", "/proc/nope"}, "/proc/nope"},
        BadFlag{"WidthZero", {"--width", "0"}, "--width"},
        BadFlag{"WidthSeven", {"--width", "7"}, "--width"},
        BadFlag{"WidthNegative", {"--width", "-8"}, "--width"},
        BadFlag{"WidthBeyondInt", {"--width", "2147483648"}, "--width"},
        BadFlag{"HeightHuge", {"--width", "8", "--height", "65536"}, "--height"},
        BadFlag{"ProductOverflows", {"--width", "2147483640", "--height", "2147483640"}, "--width"},
        BadFlag{"WidthOdd", {"--width", "65"}, "65"},
        BadFlag{"WidthHuge", {"--width", "8000000000"}, "--width"},
        BadFlag{"SeedsHole", {"--seeds", "1,,2"}, "--seeds: \"\""},
        BadFlag{"SeedsOpenEnd", {"--seeds", "1,2,"}, "--seeds: \"\""},
        BadFlag{"SeedsBeyond64Bits", {"--seeds", "18446744073709551616"}, "--seeds"},
        BadFlag{"NoiseUnknown", {"--noise", "pink"}, "--noise"},
        BadFlag{"SeedsWord", {"--seeds", "1,x"}, "--seeds: \"x\""},
        BadFlag{"TimestepsHole", {"--timesteps", "999,,500"}, "--timesteps: \"\""},
        BadFlag{"TimestepsEmpty", {"--timesteps", ""}, "--timesteps"},
        BadFlag{"SigmasWord", {"--sigmas", "14.6,zero"}, "--sigmas: \"zero\""},
        BadFlag{"StepsZero", {"--steps", "0"}, "steps"},
        BadFlag{"StepsMany", {"--steps", "1001"}, "1001"},
        BadFlag{"StepsMillion", {"--steps", "1000000"}, "1000000"},
        BadFlag{"StepsNegative", {"--steps", "-1"}, "steps"},
        BadFlag{"StepsText", {"--steps", "many"}, "--steps"},
        BadFlag{"GuidanceNan", {"--guidance", "nan"}, "guidance"},
        BadFlag{"GuidanceNegative", {"--guidance", "-1"}, "guidance"},
        BadFlag{"GuidanceInfinite", {"--guidance", "inf"}, "guidance"},
        BadFlag{"Rescale", {"--guidance-rescale", "2"}, "guidance_rescale"},
        BadFlag{"BatchZero", {"--batch", "0"}, "batch"},
        BadFlag{"BatchHuge", {"--batch", "2147483647"}, "batch"},
        BadFlag{"Scheduler", {"--scheduler", "magic"}, "dpmpp_2m"},
        BadFlag{"SchedulerKey", {"--scheduler", "ddim:etta=1"}, "eta"},
        BadFlag{"SchedulerValue", {"--scheduler", "ddim:eta=x"}, "eta"},
        BadFlag{"Dtype", {"--dtype", "int4"}, "fp16"},
        BadFlag{"Device", {"--device", "tpu"}, "tpu"},
        BadFlag{"DeviceAbsent", {"--device", "cuda:99"}, "cuda:99"},
        BadFlag{"Accel", {"--accel", "warp"}, "warp"}, BadFlag{"Seed", {"--seed", "-2"}, "--seed"},
        BadFlag{"Extension", {"--out", "o.jpg"}, ".png"},
        BadFlag{"Threads", {"--threads", "-2"}, "threads"},
        BadFlag{"LatentsAbsent", {"--latents", "none.safetensors"}, "none.safetensors"}),
    [](const auto& flag) { return std::string(flag.param.name); });

TEST(LatentrtBench, JsonHoldsEachPart) {
  const Outcome outcome = run_bench({"--config", "shapes", "--what", "unet,vae,text,e2e", "--runs",
                                     "2", "--steps", "2", "--json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const auto json = nlohmann::json::parse(outcome.out);
  for (const char* part : {"unet", "vae", "text", "e2e"}) {
    EXPECT_GT(json[part]["median_s"].get<double>(), 0) << part;
    EXPECT_LE(json[part]["min_s"].get<double>(), json[part]["median_s"].get<double>()) << part;
    EXPECT_EQ(json[part]["runs"].size(), 2U) << part;
  }
}

TEST(LatentrtBench, ProfilesTheUnetAndTheVae) {
  const Outcome outcome = run_bench({"--config", "shapes", "--what", "unet,vae", "--runs", "1",
                                     "--width", "64", "--height", "64", "--profile", "--json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const auto json = nlohmann::json::parse(outcome.out);
  for (const char* part : {"profile", "vae_profile"}) {
    const auto& profile = json.at(part);
    double sum = 0;
    for (const auto& row : profile.at("kinds")) sum += row.at("ms").get<double>();
    EXPECT_NEAR(sum, 1000 * profile.at("total_s").get<double>(), 1e-6 * sum);
    EXPECT_GT(profile.at("nodes").size(), 40U);
    for (const auto& row : profile.at("kinds")) {
      const bool norm = row.at("name") == "group_norm";
      EXPECT_EQ(row.at("implementation") == "own kernel", norm || row.at("name") == "geglu");
    }
  }
}

TEST(LatentrtBench, CountsTheTensorsOfARun) {
  if (kAddressSanitizer) GTEST_SKIP() << "there is no memory pool under AddressSanitizer";
  const Outcome outcome = run_bench({"--config", "shapes", "--what", "unet,vae", "--runs", "2",
                                     "--width", "64", "--height", "64", "--json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const auto json = nlohmann::json::parse(outcome.out);
  for (const char* part : {"unet", "vae"}) {
    EXPECT_GT(json.at(part).at("tensors").at("of_pool"), 40) << part;
    EXPECT_EQ(json.at(part).at("tensors").at("of_system"), 0) << part;
  }
}

TEST(LatentrtBench, TimesALanguageModel) {
  const std::string model =
      std::string(LATENTRT_SOURCE_DIR) + "/tests/golden/language_models/llada";
  const std::vector<std::string> flags{"--model",      model, "--prompt-tokens", "5",
                                       "--gen-length", "16",  "--block",         "8",
                                       "--runs",       "2"};
  std::vector<std::string> both = flags;
  both.insert(both.end(), {"--what", "answer,head", "--policy", "random", "--policy",
                           "threshold:tau=0", "--json"});
  const Outcome outcome = run_bench(both);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const auto json = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(json["answer"]["random"]["forwards"], 16);
  EXPECT_EQ(json["answer"]["threshold:tau=0"]["forwards"], 2);
  EXPECT_GT(json["answer"]["random"]["tokens_per_s"], 0);
  EXPECT_EQ(json["head"]["block"]["wanted"], 8);
  EXPECT_EQ(json["head"]["all"]["wanted"], 21);
  EXPECT_GT(json["head"]["all"]["bytes"], json["head"]["block"]["bytes"]);
  EXPECT_NE(run_bench(flags).out.find("tokens/s"), std::string::npos);
  std::vector<std::string> wrong = flags;
  wrong.insert(wrong.end(), {"--what", "unet"});
  EXPECT_EQ(run_bench(wrong).exit_code, 2);
}

TEST(LatentrtBench, TimesAModelDirectory) {
  const Outcome outcome = run_bench({"--model", kModel, "--what", "vae", "--runs", "1", "--json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const auto json = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(json["model"], kModel);
  EXPECT_GT(json["ready_s"].get<double>(), 0);
  EXPECT_LT(json["ready_s"].get<double>(), 600);
  EXPECT_GT(json["vae"]["warm_up_s"].get<double>(), 0);
}

TEST(LatentrtBench, RefusesAModelBesideAnArchitecture) {
  const Outcome outcome = run_bench({"--model", kModel, "--config", "shapes"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_NE(outcome.err.find("--config"), std::string::npos) << outcome.err;
}

TEST(LatentrtBench, RefusesAnUnknownArchitecture) {
  const Outcome outcome = run_bench({"--config", "sd99"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_NE(outcome.err.find("sdxl"), std::string::npos) << outcome.err;
}

}  // namespace
}  // namespace latentrt::testing
