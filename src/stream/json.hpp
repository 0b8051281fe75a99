#pragma once
/// Options and updates of streams as JSON, for recordings.

#include <latentrt/stream.hpp>
#include <nlohmann/json_fwd.hpp>
#include <string_view>

namespace latentrt::pipeline {

nlohmann::ordered_json to_json(const StreamOptions& options);
nlohmann::ordered_json to_json(const StreamUpdate& update);

/// Both throw Error(bad_file) that begins with `where` and names the key, for a value of another
/// type; the stream that gets them checks ranges.
StreamOptions stream_options_from(const nlohmann::ordered_json& json, std::string_view where);
StreamUpdate stream_update_from(const nlohmann::ordered_json& json, std::string_view where);

}  // namespace latentrt::pipeline
