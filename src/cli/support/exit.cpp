#include "cli/support/exit.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <latentrt/error.hpp>
#include <new>
#include <string>

#include "cli/support/interrupt.hpp"
#include "cli/support/number_flags.hpp"
#include "cli/support/usage.hpp"

namespace latentrt::cli {
namespace {

constexpr int kRunFailed = 1;
constexpr int kWrongInput = 2;

/// Control characters in a message (of a parser, of a library) would break the sentence into
/// several lines.
int report(int code, std::string sentence) {
  for (char& c : sentence) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7F') c = ' ';
  }
  fmt::print(stderr, "{}\n", sentence);
  return code;
}

int code_of(const std::exception& error) {
  const auto* const own = dynamic_cast<const Error*>(&error);
  return own != nullptr && blames_input(own->code()) ? kWrongInput : kRunFailed;
}

}  // namespace

int run_main(CLI::App& app, int argc, char** argv) {
  handle_interrupts();
  try {
    read_numbers_strictly(app);
    app.parse(argc, argv);
    return 0;
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    return report(kWrongInput, usage_sentence(app, error));
  } catch (const std::bad_alloc&) {
    return report(kRunFailed, "host memory is exhausted");
  } catch (const std::exception& error) {
    // After an interrupt the failure may be that of a pipe or of another rank.
    if (interrupted()) return report(kInterrupted, "interrupted");
    return report(code_of(error), error.what());
  }
}

}  // namespace latentrt::cli
