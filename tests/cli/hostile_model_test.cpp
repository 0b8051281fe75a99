/// The shipped model with one file replaced: one sentence that names the file, exit code 2, nothing
/// written.
#include <sys/stat.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "cli/latentrt_fixture.hpp"

namespace latentrt::testing {
namespace {

namespace fs = std::filesystem;

const char* const kWeights = "unet/diffusion_pytorch_model.safetensors";

/// A file of the model, the change to it, and the part of the sentence in addition to its name.
struct Damage {
  const char* name;
  const char* file;
  void (*apply)(const fs::path& file);
  const char* part;
};

template <std::size_t size>
void cut(const fs::path& file) {
  fs::resize_file(file, size);
}

void append(const fs::path& file) { std::ofstream(file, std::ios::app) << "PK\x03\x04"; }

void make_pipe(const fs::path& file) {
  fs::remove(file);
  ASSERT_EQ(mkfifo(file.c_str(), 0600), 0);
}

void make_folder(const fs::path& file) {
  fs::remove(file);
  fs::create_directory(file);
}

void link_to_device(const fs::path& file) {
  fs::remove(file);
  fs::create_symlink("/dev/zero", file);
}

void write(const fs::path& file, const std::string& content) {
  std::ofstream(file, std::ios::binary) << content;
}

void make_page(const fs::path& file) { write(file, "<!DOCTYPE html><title>404</title>"); }
void make_pointer(const fs::path& file) {
  write(file, "version https://git-lfs.github.com/spec/v1\noid sha256:0\n");
}
void make_zip(const fs::path& file) { write(file, "PK\x03\x04" + std::string(100, '\0')); }
void make_pickle(const fs::path& file) { write(file, "\x80\x02}q\x01." + std::string(100, 'x')); }
void make_gzip(const fs::path& file) { write(file, "\x1F\x8B\x08" + std::string(100, 'x')); }
void nest(const fs::path& file) { write(file, "{\"a\":" + std::string(1'000'000, '[')); }
void make_list(const fs::path& file) { write(file, "[]"); }
void make_binary(const fs::path& file) { write(file, std::string(1000, '\xFF')); }
void remove(const fs::path& file) { fs::remove(file); }
void grow(const fs::path& file) { fs::resize_file(file, std::uintmax_t{1} << 40); }

void swap_network(const fs::path& file) {
  fs::copy_file(file.parent_path().parent_path() / "vae" / file.filename(), file,
                fs::copy_options::overwrite_existing);
}

class HostileModel : public Latentrt, public ::testing::WithParamInterface<Damage> {};

TEST_P(HostileModel, IsRefused) {
  const fs::path model = copied_model();
  GetParam().apply(model / GetParam().file);
  const Outcome outcome = generate({});
  expect_refused(outcome, GetParam().file);
  EXPECT_NE(outcome.err.find(GetParam().part), std::string::npos) << outcome.err;
}

INSTANTIATE_TEST_SUITE_P(
    Weights, HostileModel,
    ::testing::Values(Damage{"Empty", kWeights, cut<0>, "this file is empty"},
                      Damage{"SevenBytes", kWeights, cut<7>, "7 bytes are too few"},
                      Damage{"CutAtAPage", kWeights, cut<4096 * 50>, "end"},
                      Damage{"ZipBehind", kWeights, append, "the file holds"},
                      Damage{"Pipe", kWeights, make_pipe, "not a regular file"},
                      Damage{"Folder", kWeights, make_folder, "not a regular file"},
                      Damage{"Device", kWeights, link_to_device, "not a regular file"},
                      Damage{"WebPage", kWeights, make_page, "web page"},
                      Damage{"LfsPointer", kWeights, make_pointer, "git lfs pull"},
                      Damage{"Zip", kWeights, make_zip, "the zip archive has no directory"},
                      Damage{"Pickle", kWeights, make_pickle, "convert it to safetensors"},
                      Damage{"Gzip", kWeights, make_gzip, "convert it to safetensors"},
                      Damage{"OtherNetwork", kWeights, swap_network, "no place for"}),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Configs, HostileModel,
    ::testing::Values(Damage{"Missing", "unet/config.json", remove, "No such file"},
                      Damage{"Empty", "unet/config.json", cut<0>, "not valid JSON"},
                      Damage{"Pipe", "vae/config.json", make_pipe, "not a regular file"},
                      Damage{"Deep", "unet/config.json", nest, "nested deeper"},
                      Damage{"List", "scheduler/scheduler_config.json", make_list, "not a JSON"},
                      Damage{"Huge", "text_encoder/config.json", grow, "at most"},
                      Damage{"Binary", "model_index.json", make_binary, "not UTF-8"}),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Tokenizers, HostileModel,
    ::testing::Values(Damage{"VocabularyCut", "tokenizer/vocab.json", cut<100>, "not valid JSON"},
                      Damage{"MergesBinary", "tokenizer/merges.txt", make_binary, "not UTF-8"},
                      Damage{"MergesPage", "tokenizer/merges.txt", make_page, "a web page or XML"},
                      Damage{"MergesPipe", "tokenizer/merges.txt", make_pipe, "not a regular"},
                      Damage{"MergesHuge", "tokenizer/merges.txt", grow, "at most"}),
    [](const auto& test) { return test.param.name; });

/// A field of a configuration with a value that it must not have.
struct Field {
  const char* name;
  const char* file;
  const char* key;
  const char* value;
};

class HostileField : public Latentrt, public ::testing::WithParamInterface<Field> {};

TEST_P(HostileField, IsRefused) {
  const fs::path file = copied_model() / GetParam().file;
  auto json = nlohmann::json::parse(std::ifstream(file));
  json[GetParam().key] = nlohmann::json::parse(GetParam().value);
  std::ofstream(file) << json;
  expect_refused(generate({}), GetParam().key);
}

INSTANTIATE_TEST_SUITE_P(
    Configs, HostileField,
    ::testing::Values(
        Field{"ChannelsZero", "unet/config.json", "in_channels", "0"},
        Field{"ChannelsBillion", "unet/config.json", "out_channels", "1000000000"},
        Field{"ChannelsNegative", "vae/config.json", "latent_channels", "-4"},
        Field{"ChannelsText", "vae/config.json", "latent_channels", "\"4\""},
        Field{"GroupsZero", "unet/config.json", "norm_num_groups", "0"},
        Field{"HeadsZero", "text_encoder/config.json", "num_attention_heads", "0"},
        Field{"BlockUnknown", "unet/config.json", "down_block_types", R"(["A","B","C"])"},
        Field{"BetaNegative", "scheduler/scheduler_config.json", "beta_start", "-1"},
        Field{"BetasShort", "scheduler/scheduler_config.json", "trained_betas", "[0.1]"},
        Field{"TimestepsBillion", "scheduler/scheduler_config.json", "num_train_timesteps",
              "1000000000"},
        Field{"LengthZero", "tokenizer/tokenizer_config.json", "model_max_length", "0"}),
    [](const auto& test) { return test.param.name; });

TEST_F(Latentrt, RefusesBetasThatAreNaN) {
  const fs::path file = copied_model() / "scheduler/scheduler_config.json";
  write(file, R"({"_class_name": "DDIMScheduler", "beta_start": NaN})");
  expect_refused(generate({}), "scheduler_config.json is not valid JSON");
}

TEST_F(Latentrt, RefusesAnIndexThatPointsOutside) {
  const fs::path folder = copied_model() / "unet";
  fs::rename(model_ + std::string("/") + kWeights, models_ / "outside.safetensors");
  write(folder / "diffusion_pytorch_model.safetensors.index.json",
        R"({"weight_map": {"conv_in.weight": "../../outside.safetensors"}})");
  expect_refused(generate({}), "is not a file name");
}

TEST_F(Latentrt, RefusesAModelThatIsAPipeOrAPickle) {
  model_ = (models_ / "pipe").string();
  ASSERT_EQ(mkfifo(model_.c_str(), 0600), 0);
  expect_refused(generate({}), "not a regular file");
  model_ = models_.write("model.ckpt", "PK\x03\x04" + std::string(100, '\0')).string();
  expect_refused(generate({}), "the zip archive has no directory");
}

}  // namespace
}  // namespace latentrt::testing
