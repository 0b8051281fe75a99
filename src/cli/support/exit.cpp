#include "cli/support/exit.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <latentrt/error.hpp>
#include <new>
#include <string>

namespace latentrt::cli {
namespace {

constexpr int kRunFailed = 1;
constexpr int kWrongInput = 2;
constexpr int kInterrupted = 130;

/// Control characters inside a message (of a parser, of a library) would make more than one sentence of it.
int report(int code, std::string sentence) {
  for (char& c : sentence) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7F') c = ' ';
  }
  fmt::print(stderr, "{}\n", sentence);
  return code;
}

int code_of(const Error& error) {
  if (error.code() == Code::cancelled) return kInterrupted;
  return blames_input(error.code()) ? kWrongInput : kRunFailed;
}

}  // namespace

int run_main(CLI::App& app, int argc, char** argv) {
  try {
    app.parse(argc, argv);
    return 0;
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    return report(kWrongInput, error.what());
  } catch (const Error& error) {
    return report(code_of(error), error.what());
  } catch (const std::bad_alloc&) {
    return report(kRunFailed, "host memory is exhausted");
  } catch (const std::exception& error) {
    return report(kRunFailed, error.what());
  }
}

}  // namespace latentrt::cli
