#include "cli/latentrt/exchange_report.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace latentrt::cli {
namespace {

nlohmann::ordered_json to_json(const RankExchanges& rank) {
  const ExchangedBytes& bytes = rank.received;
  return {{"rank", rank.rank},
          {"received_bytes",
           {{"halo", bytes.halo},
            {"moments", bytes.moments},
            {"attention", bytes.attention},
            {"gather", bytes.gather}}},
          {"pieces_by_age", rank.ages}};
}

std::string ages_text(const RankExchanges& rank) {
  std::string text;
  for (std::size_t age = 0; age < rank.ages.size(); ++age) {
    if (rank.ages[age] > 0)
      text += fmt::format("{}{} of age {}", text.empty() ? "" : ", ", rank.ages[age], age);
  }
  return text.empty() ? "none" : text;
}

std::string to_text(const RankExchanges& rank) {
  const auto megabytes = [](std::uint64_t bytes) { return static_cast<double>(bytes) / 1e6; };
  const ExchangedBytes& bytes = rank.received;
  return fmt::format(
      "rank {} received {:.2f} MB (halo {:.2f}, moments {:.2f}, attention {:.2f}, gather {:.2f}); "
      "pieces of others' values: {}\n",
      rank.rank, megabytes(bytes.total()), megabytes(bytes.halo), megabytes(bytes.moments),
      megabytes(bytes.attention), megabytes(bytes.gather), ages_text(rank));
}

}  // namespace

nlohmann::ordered_json to_json(const Exchanges& exchanges) {
  if (exchanges.ranks.empty()) return nullptr;
  nlohmann::ordered_json ranks = nlohmann::ordered_json::array();
  for (const RankExchanges& rank : exchanges.ranks) ranks.push_back(to_json(rank));
  const ExchangeCalls& calls = exchanges.calls;
  return {{"calls",
           {{"sync", calls.sync}, {"first_async", calls.first_async}, {"steady", calls.steady}}},
          {"ranks", std::move(ranks)}};
}

std::string to_text(const Exchanges& exchanges) {
  if (exchanges.ranks.empty()) return "";
  const ExchangeCalls& calls = exchanges.calls;
  std::string text = fmt::format("calls: {} synchronous, {} first asynchronous, {} steady\n",
                                 calls.sync, calls.first_async, calls.steady);
  for (const RankExchanges& rank : exchanges.ranks) text += to_text(rank);
  return text;
}

}  // namespace latentrt::cli
