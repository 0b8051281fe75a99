#include "io/torch_file/state_dict.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/fail.hpp"
#include "base/quote.hpp"
#include "base/utf8.hpp"

namespace latentrt::io {
namespace {

constexpr int kMaxDepth = 64;
constexpr std::size_t kMaxValues = 200'000, kMaxNameBytes = 4096, kMaxAllNames = 32u << 20;

/// In order of preference: averaged weights precede those of the last step.
constexpr std::array<std::string_view, 4> kWrappers{"params_ema", "params", "model",
                                                    "string_to_param"};
/// Keys of other objects that trainers store with the weights, and that contain tensors.
constexpr std::array<std::string_view, 5> kTraining{"optimizer_states", "lr_schedulers",
                                                    "callbacks", "loops", "optimizer"};

using Members = std::map<std::string_view, PickleRef>;

class Flattening {
 public:
  Flattening(const PickleValues& values, std::string_view what) : values_(values), what_(what) {}

  StateDict read(PickleRef root) {
    if (!values_.is(root, PickleKind::dict))
      refuse(fmt::format("holds {}, not a dictionary of tensors", values_.description(root)));
    Members members = members_of(root);
    if (const auto found = members.find("state_dict"); found != members.end()) {
      if (!values_.is(found->second, PickleKind::dict))
        refuse(fmt::format("has {} as its state_dict, not a dictionary of tensors",
                           values_.description(found->second)));
      members = members_of(found->second);
    } else if (const auto inner = wrapped(members)) {
      members = members_of(*inner);
    }
    for (const std::string_view name : kTraining) members.erase(name);
    add(members, "", 0);
    return std::move(result_);
  }

 private:
  [[noreturn]] void refuse(std::string_view problem) const {
    fail(Code::bad_file, "{} {}", what_, problem);
  }

  std::optional<PickleRef> wrapped(const Members& members) const {
    const auto is_tensor = [&](const auto& member) {
      return values_.is(member.second, PickleKind::tensor);
    };
    if (std::ranges::any_of(members, is_tensor)) return std::nullopt;
    for (const std::string_view name : kWrappers) {
      const auto found = members.find(name);
      if (found != members.end() && values_.is(found->second, PickleKind::dict))
        return found->second;
    }
    return std::nullopt;
  }

  /// As in Python, the last value of a repeated key is used.
  Members members_of(PickleRef dict) {
    const auto items = values_.items(dict);
    count_ += items.size() / 2;
    if (count_ > kMaxValues) refuse(fmt::format("holds more than {} values", kMaxValues));
    Members members;
    for (std::size_t i = 0; i + 1 < items.size(); i += 2)
      if (values_.is(items[i], PickleKind::text))
        members.insert_or_assign(values_.text(items[i]), items[i + 1]);
    return members;
  }

  void add(const Members& members, const std::string& prefix, int depth) {
    if (depth == kMaxDepth)
      refuse(fmt::format("has dictionaries nested deeper than {}", kMaxDepth));
    for (const auto& [key, value] : members) {
      const std::string name = checked_name(prefix, key);
      if (values_.is(value, PickleKind::dict)) {
        add(members_of(value), name + '.', depth + 1);
      } else {
        add(name, value);
      }
    }
  }

  void add(const std::string& name, PickleRef value) {
    const bool tensor = values_.is(value, PickleKind::tensor);
    const bool added = (tensor ? result_.tensors : result_.others).emplace(name, value).second;
    if (!added) refuse(fmt::format("names {} twice", quote(name)));
  }

  std::string checked_name(const std::string& prefix, std::string_view key) {
    const std::string name = prefix + std::string(key.substr(0, kMaxNameBytes));
    const auto odd = [&](std::string_view problem) {
      refuse(fmt::format("has the name {}, which {}", quote(name), problem));
    };
    if (prefix.size() + key.size() > kMaxNameBytes)
      odd(fmt::format("takes {} bytes", prefix.size() + key.size()));
    if (name.empty()) odd("is empty");
    if (first_invalid_utf8(name)) odd("is not UTF-8");
    if (has_control_characters(name)) odd("has control characters");
    name_bytes_ += name.size();
    if (name_bytes_ > kMaxAllNames)
      refuse(fmt::format("has names of more than {} bytes", kMaxAllNames));
    return name;
  }

  const PickleValues& values_;
  std::string_view what_;
  StateDict result_;
  std::size_t count_ = 0, name_bytes_ = 0;
};

}  // namespace

StateDict state_dict_of(const PickleValues& values, PickleRef root, std::string_view what) {
  return Flattening(values, what).read(root);
}

}  // namespace latentrt::io
