#include "io/torch_file/pickle_objects.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace latentrt::io {
namespace {

using Arguments = std::span<const PickleRef>;
using Made = std::optional<PickleRef>;

bool is_sequence(const PickleValues& values, PickleRef value) {
  return values.is(value, PickleKind::tuple) || values.is(value, PickleKind::list);
}

/// OrderedDict(), or OrderedDict([(key, value), ...]).
Made ordered_dict(PickleValues& values, Arguments arguments) {
  const PickleRef made = values.add_container(PickleKind::dict);
  if (arguments.empty()) return made;
  if (arguments.size() != 1 || !is_sequence(values, arguments[0])) return std::nullopt;
  const auto listed = values.items(arguments[0]);
  const std::vector<PickleRef> entries(listed.begin(), listed.end());
  for (const PickleRef entry : entries) {
    if (!is_sequence(values, entry) || values.items(entry).size() != 2) return std::nullopt;
    const auto pair = values.items(entry);
    values.append(made, std::array{pair[0], pair[1]});
  }
  return made;
}

/// A tuple of at most kMaxRank integers, into `dst`; its length, or nothing.
std::optional<std::size_t> take_extents(const PickleValues& values, PickleRef tuple,
                                        std::int64_t* dst) {
  if (!is_sequence(values, tuple)) return std::nullopt;
  const auto items = values.items(tuple);
  const auto is_integer = [&](PickleRef item) { return values.is(item, PickleKind::integer); };
  if (items.size() > PickledTensor::kMaxRank || !std::ranges::all_of(items, is_integer))
    return std::nullopt;
  std::ranges::transform(items, dst, [&](PickleRef item) { return values.integer(item); });
  return items.size();
}

/// (storage, offset, size, strides, ...)
Made view(PickleValues& values, Arguments arguments, const ElementType* type) {
  if (arguments.size() < 4 || type == nullptr || type->name.empty()) return std::nullopt;
  if (!values.is(arguments[1], PickleKind::integer)) return std::nullopt;
  PickledTensor tensor{.storage = arguments[0],
                       .type = type,
                       .offset = values.integer(arguments[1]),
                       .rank = 0,
                       .shape = {},
                       .strides = {}};
  const auto rank = take_extents(values, arguments[2], tensor.shape);
  if (!rank || take_extents(values, arguments[3], tensor.strides) != rank) return std::nullopt;
  tensor.rank = *rank;
  return values.add_tensor(tensor);
}

/// _rebuild_tensor(storage, offset, size, strides), and version 2 with more arguments, which have
/// no effect here.
Made tensor(PickleValues& values, Arguments arguments) {
  if (arguments.empty() || !values.is(arguments[0], PickleKind::storage)) return std::nullopt;
  return view(values, arguments, values.storage(arguments[0]).type);
}

/// Version 3: bytes of any type, with the type as the seventh argument.
Made typed_tensor(PickleValues& values, Arguments arguments) {
  constexpr std::size_t kType = 6;
  if (arguments.size() <= kType || !values.is(arguments[0], PickleKind::storage) ||
      !values.is(arguments[kType], PickleKind::name))
    return std::nullopt;
  const PickledName type = values.name(arguments[kType]);
  if (type.module != "torch" || values.storage(arguments[0]).type == nullptr) return std::nullopt;
  return view(values, arguments, element_type_of_dtype(type.name));
}

/// The tensor that the object is made of.
Made parameter(PickleValues& values, Arguments arguments) {
  if (arguments.empty() || !values.is(arguments[0], PickleKind::tensor)) return std::nullopt;
  return arguments[0];
}

/// A callable, and the function that makes its result.
struct Known {
  PickledName name;
  Made (*make)(PickleValues& values, Arguments arguments);
};

constexpr std::array<Known, 6> kKnown{{
    {{"collections", "OrderedDict"}, ordered_dict},
    {{"torch._utils", "_rebuild_tensor"}, tensor},
    {{"torch._utils", "_rebuild_tensor_v2"}, tensor},
    {{"torch._utils", "_rebuild_tensor_v3"}, typed_tensor},
    {{"torch._utils", "_rebuild_parameter"}, parameter},
    {{"torch._utils", "_rebuild_parameter_with_state"}, parameter},
}};

constexpr PickledName kTypedRebuild{"torch._tensor", "_rebuild_from_type_v2"};
constexpr std::array<PickledName, 3> kTensorClasses{
    {{"torch", "Tensor"}, {"torch.nn.parameter", "Parameter"}, {"torch.nn.parameter", "Buffer"}}};

bool is_name(const PickleValues& values, PickleRef value, const PickledName& name) {
  return values.is(value, PickleKind::name) && values.name(value) == name;
}

Made made_by(PickleValues& values, PickleRef callee, Arguments arguments) {
  const auto known = std::ranges::find_if(
      kKnown, [&](const Known& entry) { return is_name(values, callee, entry.name); });
  if (known == kKnown.end()) return std::nullopt;
  const std::vector<PickleRef> copy(arguments.begin(), arguments.end());  // values may move
  return known->make(values, copy);
}

/// (callee, class, arguments, attributes): a tensor with attributes, which have no effect here.
Made with_attributes(PickleValues& values, Arguments arguments) {
  if (arguments.size() != 4 || !values.is(arguments[2], PickleKind::tuple)) return std::nullopt;
  const bool plain = std::ranges::any_of(
      kTensorClasses, [&](const PickledName& name) { return is_name(values, arguments[1], name); });
  return plain ? made_by(values, arguments[0], values.items(arguments[2])) : std::nullopt;
}

}  // namespace

PickleRef pickled_object(PickleValues& values, PickleRef callee, PickleRef arguments) {
  const Made made = is_name(values, callee, kTypedRebuild)
                        ? with_attributes(values, values.items(arguments))
                        : made_by(values, callee, values.items(arguments));
  return made ? *made : values.add_opaque(callee);
}

/// ("storage", class, key, device, elements); in old files followed by a view, which must be None.
PickleRef pickled_storage(PickleValues& values, PickleRef id) {
  constexpr std::array<std::string_view, 3> kModules{"torch", "torch.storage", "torch.cuda"};
  if (!values.is(id, PickleKind::tuple)) return values.add_opaque(id);
  const auto items = values.items(id);
  const bool whole =
      (items.size() == 5 || (items.size() == 6 && values.is(items[5], PickleKind::nothing))) &&
      values.is(items[0], PickleKind::text) && values.text(items[0]) == "storage" &&
      values.is(items[1], PickleKind::name) && values.is(items[2], PickleKind::text) &&
      values.is(items[4], PickleKind::integer);
  if (!whole) return values.add_opaque(id);
  const PickledName type = values.name(items[1]);
  const bool torch = std::ranges::count(kModules, type.module) != 0;
  return values.add_storage({.type = torch ? element_type_of_storage(type.name) : nullptr,
                             .key = items[2],
                             .elements = values.integer(items[4])});
}

void set_pickled_state(PickleValues& values, PickleRef object, PickleRef state) {
  if (!values.is(state, PickleKind::dict)) return;
  if (!values.is_object_of(object, {"torch.nn.modules.container", "ParameterDict"})) return;
  const auto items = values.items(state);
  for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
    const bool named =
        values.is(items[i], PickleKind::text) && values.text(items[i]) == "_parameters";
    if (named && values.is(items[i + 1], PickleKind::dict)) values.become(object, items[i + 1]);
  }
}

}  // namespace latentrt::io
