#pragma once
/// What a pickle describes, as data: nothing in it was imported, called or constructed.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/torch_file/element_type.hpp"

namespace latentrt::io {

enum class PickleKind : std::uint8_t {
  nothing,
  boolean,
  integer,
  real,
  text,
  bytes,
  tuple,
  list,
  dict,
  name,     ///< module and name of a Python object, never resolved
  storage,  ///< elements of tensors, elsewhere in the file
  tensor,
  opaque  ///< an object of any other class, without its content
};

/// A value of a PickleValues.
using PickleRef = std::uint32_t;

/// "module.name" of a Python object.
struct PickledName {
  std::string_view module, name;
  bool operator==(const PickledName&) const = default;
};

struct PickledStorage {
  const ElementType* type;  ///< null for types that are not read
  PickleRef key;            ///< a string
  std::int64_t elements;    ///< as the pickle says; not checked
};

/// A view of a storage; only its rank is checked.
struct PickledTensor {
  static constexpr std::size_t kMaxRank = 8;

  PickleRef storage;
  const ElementType* type;
  std::int64_t offset;  ///< in elements, as are the strides
  std::size_t rank;
  std::int64_t shape[kMaxRank], strides[kMaxRank];
};

/// The values of one pickle. They refer to each other by index, so a value that occurs many times
/// is kept once, and nothing recurses. Values are only added.
class PickleValues {
 public:
  PickleRef add(PickleKind simple) { return add({.kind = simple}); }
  PickleRef add_integer(std::int64_t value) {
    return add({.number = value, .kind = PickleKind::integer});
  }
  PickleRef add_boolean(bool value) { return add({.number = value, .kind = PickleKind::boolean}); }
  PickleRef add_text(PickleKind text_or_bytes, std::string_view content);
  PickleRef add_tuple(std::span<const PickleRef> items);
  /// An empty list or dict, which grows.
  PickleRef add_container(PickleKind list_or_dict) { return add(list_or_dict); }
  void append(PickleRef container, std::span<const PickleRef> items);
  PickleRef add_name(PickleRef module, PickleRef name);
  PickleRef add_storage(const PickledStorage& storage);
  PickleRef add_tensor(const PickledTensor& tensor);
  /// `of`: the value that the object was made from, for error sentences.
  PickleRef add_opaque(PickleRef of);
  /// Makes the first value, an object, equal to the second one.
  void become(PickleRef object, PickleRef other) { values_[object] = values_[other]; }

  PickleKind kind(PickleRef value) const { return values_[value].kind; }
  bool is(PickleRef value, PickleKind kind) const { return values_[value].kind == kind; }
  std::int64_t integer(PickleRef value) const { return values_[value].number; }
  std::string_view text(PickleRef value) const;
  /// Of a tuple or list; of a dict: key, value, key, value, ...
  std::span<const PickleRef> items(PickleRef container) const;
  PickledName name(PickleRef value) const;
  /// Whether it is an opaque object of that class.
  bool is_object_of(PickleRef value, const PickledName& class_name) const;
  const PickledStorage& storage(PickleRef value) const { return storages_[index(value)]; }
  const PickledTensor& tensor(PickleRef value) const { return tensors_[index(value)]; }
  std::span<const PickledStorage> storages() const { return storages_; }

  std::size_t size() const noexcept { return values_.size(); }
  std::size_t tensor_count() const noexcept { return tensors_.size(); }

  /// What the value is, for error sentences: `an object of the class "os.system"`.
  std::string description(PickleRef value) const;

 private:
  struct Value {
    std::int64_t number = 0;  ///< value of an integer; else an index into the lists below
    std::uint32_t count = 0;
    PickleKind kind = PickleKind::nothing;
  };

  PickleRef add(const Value& value);
  std::size_t index(PickleRef value) const {
    return static_cast<std::size_t>(values_[value].number);
  }

  std::vector<Value> values_;
  std::string texts_;                               // of all strings
  std::vector<PickleRef> items_;                    // of all tuples
  std::vector<std::vector<PickleRef>> containers_;  // lists and dicts that are not empty
  std::vector<PickledStorage> storages_;
  std::vector<PickledTensor> tensors_;
};

}  // namespace latentrt::io
