#pragma once
/// The commands of latentrt. Each adds its flags to a subcommand; the subcommand's callback runs
/// it.

#include <CLI/CLI.hpp>

namespace latentrt::cli {

void add_txt2img(CLI::App& app);
void add_img2img(CLI::App& app);
void add_inpaint(CLI::App& app);
void add_sample(CLI::App& app);
void add_upscale(CLI::App& app);
void add_semantic(CLI::App& app);
void add_layout(CLI::App& app);
void add_text(CLI::App& app);
void add_stream(CLI::App& app);
void add_replay(CLI::App& app);
void add_convert(CLI::App& app);
void add_info(CLI::App& app);
void add_explain(CLI::App& app);
void add_plan_ranks(CLI::App& app);
void add_devices(CLI::App& app);

}  // namespace latentrt::cli
