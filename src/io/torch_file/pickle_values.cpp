#include "io/torch_file/pickle_values.hpp"

#include "base/fail.hpp"
#include "base/quote.hpp"

namespace latentrt::io {

PickleRef PickleValues::add(const Value& value) {
  values_.push_back(value);
  return static_cast<PickleRef>(values_.size() - 1);
}

PickleRef PickleValues::add_text(PickleKind kind, std::string_view content) {
  const auto begin = static_cast<std::int64_t>(texts_.size());
  texts_ += content;
  return add({.number = begin, .count = static_cast<std::uint32_t>(content.size()), .kind = kind});
}

PickleRef PickleValues::add_tuple(std::span<const PickleRef> items) {
  const auto begin = static_cast<std::int64_t>(items_.size());
  items_.insert(items_.end(), items.begin(), items.end());
  return add({.number = begin,
              .count = static_cast<std::uint32_t>(items.size()),
              .kind = PickleKind::tuple});
}

/// An empty container has no vector of its own, because pickles contain many of them.
void PickleValues::append(PickleRef container, std::span<const PickleRef> items) {
  if (items.empty()) return;
  Value& value = values_[container];
  if (value.count == 0) {
    value.number = static_cast<std::int64_t>(containers_.size());
    value.count = 1;
    containers_.emplace_back();
  }
  auto& all = containers_[index(container)];
  all.insert(all.end(), items.begin(), items.end());
}

PickleRef PickleValues::add_name(PickleRef module, PickleRef name) {
  return add({.number = module, .count = name, .kind = PickleKind::name});
}

PickleRef PickleValues::add_storage(const PickledStorage& storage) {
  storages_.push_back(storage);
  return add(
      {.number = static_cast<std::int64_t>(storages_.size() - 1), .kind = PickleKind::storage});
}

PickleRef PickleValues::add_tensor(const PickledTensor& tensor) {
  tensors_.push_back(tensor);
  return add(
      {.number = static_cast<std::int64_t>(tensors_.size() - 1), .kind = PickleKind::tensor});
}

PickleRef PickleValues::add_opaque(PickleRef of) {
  return add({.number = of, .kind = PickleKind::opaque});
}

std::string_view PickleValues::text(PickleRef value) const {
  return std::string_view(texts_).substr(index(value), values_[value].count);
}

std::span<const PickleRef> PickleValues::items(PickleRef container) const {
  const Value& value = values_[container];
  if (value.kind == PickleKind::tuple)
    return std::span(items_).subspan(index(container), value.count);
  if (value.count == 0) return {};
  return containers_[index(container)];
}

PickledName PickleValues::name(PickleRef value) const {
  const auto module = static_cast<PickleRef>(values_[value].number);
  return {text(module), text(values_[value].count)};
}

bool PickleValues::is_object_of(PickleRef value, const PickledName& class_name) const {
  if (!is(value, PickleKind::opaque)) return false;
  const auto of = static_cast<PickleRef>(values_[value].number);
  return is(of, PickleKind::name) && name(of) == class_name;
}

std::string PickleValues::description(PickleRef value) const {
  switch (kind(value)) {
    case PickleKind::nothing:
      return "None";
    case PickleKind::boolean:
      return "a boolean";
    case PickleKind::integer:
      return "an integer";
    case PickleKind::real:
      return "a floating-point value";
    case PickleKind::text:
      return "a text";
    case PickleKind::bytes:
      return "bytes";
    case PickleKind::tuple:
      return "a tuple";
    case PickleKind::list:
      return "a list";
    case PickleKind::dict:
      return "a dictionary";
    case PickleKind::name:
      return fmt::format("the Python object {}",
                         quote(fmt::format("{}.{}", name(value).module, name(value).name)));
    case PickleKind::storage:
      return "a storage without a tensor";
    case PickleKind::tensor:
      return "a tensor";
    case PickleKind::opaque:
      break;
  }
  const auto of = static_cast<PickleRef>(values_[value].number);
  if (!is(of, PickleKind::name)) return "an object";
  return fmt::format("an object of the class {}",
                     quote(fmt::format("{}.{}", name(of).module, name(of).name)));
}

}  // namespace latentrt::io
