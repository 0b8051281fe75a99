#pragma once
/// PyTorch's checkpoints composed byte by byte, so that a test can make every error.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace latentrt::testing {

/// The little-endian bytes of a value.
template <class T>
std::string raw(T value) {
  std::string bytes(sizeof(T), '\0');
  std::memcpy(bytes.data(), &value, sizeof(T));
  return bytes;
}

/// Opcodes of pickles.
namespace pickle {

inline std::string text(std::string_view content) {
  return 'X' + raw(static_cast<std::uint32_t>(content.size())) + std::string(content);
}
inline std::string integer(std::int64_t value) { return "\x8A\x08" + raw(value); }
inline std::string name(std::string_view module, std::string_view object) {
  return 'c' + std::string(module) + '\n' + std::string(object) + '\n';
}
inline std::string tuple(const std::vector<std::string>& items) {
  std::string all = "(";
  for (const std::string& item : items) all += item;
  return all + 't';
}
inline std::string integers(const std::vector<std::int64_t>& values) {
  std::vector<std::string> items;
  for (const std::int64_t value : values) items.push_back(integer(value));
  return tuple(items);
}
/// The result of calling an object.
inline std::string call(std::string_view module, std::string_view object,
                        const std::vector<std::string>& arguments) {
  return name(module, object) + tuple(arguments) + 'R';
}
inline std::string dict(const std::vector<std::pair<std::string, std::string>>& members) {
  std::string all = "}(";
  for (const auto& [key, value] : members) all += text(key) + value;
  return all + 'u';
}
inline std::string whole(std::string_view value) { return "\x80\x02" + std::string(value) + '.'; }
/// A call that would be run by a reader that unpickles.
inline std::string command(std::string_view shell_command) {
  return call("os", "system", {text(shell_command)});
}

struct View {
  std::vector<std::int64_t> shape, strides;
  std::int64_t offset = 0;
};

inline std::string storage(std::string_view class_name, std::string_view key,
                           std::int64_t elements) {
  return tuple({text("storage"), name("torch", class_name), text(key), text("cpu"),
                integer(elements)}) +
         'Q';
}
inline std::string tensor(const std::string& storage, const View& view) {
  return call("torch._utils", "_rebuild_tensor_v2",
              {storage, integer(view.offset), integers(view.shape), integers(view.strides), "\x89",
               call("collections", "OrderedDict", {})});
}

}  // namespace pickle

/// An entry of a zip archive, with the fields of both headers.
struct ZipPart {
  std::string name, data;
  std::uint16_t flags = 0, method = 0;
  std::uint32_t crc = 0;
  std::string local_name{};  ///< "": the name
  std::int64_t moved = 0;    ///< added to the offset of the local header in the directory
};

/// The records of an archive; `whole` concatenates them.
struct ZipBytes {
  std::string parts, directory, end;

  std::string whole() const { return parts + directory + end; }
};

inline std::string zip_local(const ZipPart& part) {
  const auto size = static_cast<std::uint32_t>(part.data.size());
  const std::string& name = part.local_name.empty() ? part.name : part.local_name;
  return "PK\x03\x04" + raw(std::uint16_t{20}) + raw(part.flags) + raw(part.method) +
         raw(std::uint32_t{0}) + raw(part.crc) + raw(size) + raw(size) +
         raw(static_cast<std::uint16_t>(name.size())) + raw(std::uint16_t{0}) + name + part.data;
}

inline std::string zip_central(const ZipPart& part, std::uint32_t begin) {
  const auto size = static_cast<std::uint32_t>(part.data.size());
  return "PK\x01\x02" + raw(std::uint32_t{0}) + raw(part.flags) + raw(part.method) +
         raw(std::uint32_t{0}) + raw(part.crc) + raw(size) + raw(size) +
         raw(static_cast<std::uint16_t>(part.name.size())) + std::string(12, '\0') + raw(begin) +
         part.name;
}

inline std::string zip_end(std::uint16_t entries, std::size_t bytes, std::size_t begin) {
  return "PK\x05\x06" + std::string(4, '\0') + raw(entries) + raw(entries) +
         raw(static_cast<std::uint32_t>(bytes)) + raw(static_cast<std::uint32_t>(begin)) +
         std::string(2, '\0');
}

inline ZipBytes zip_bytes(const std::vector<ZipPart>& parts) {
  ZipBytes zip;
  for (const ZipPart& part : parts) {
    const auto begin = static_cast<std::int64_t>(zip.parts.size()) + part.moved;
    zip.directory += zip_central(part, static_cast<std::uint32_t>(begin));
    zip.parts += zip_local(part);
  }
  zip.end =
      zip_end(static_cast<std::uint16_t>(parts.size()), zip.directory.size(), zip.parts.size());
  return zip;
}

using TorchStorages = std::vector<std::pair<std::string, std::string>>;  // key, bytes

inline std::vector<ZipPart> torch_parts(std::string_view value, const TorchStorages& storages) {
  std::vector<ZipPart> parts{{"archive/data.pkl", pickle::whole(value)},
                             {"archive/byteorder", "little"}};
  for (const auto& [key, bytes] : storages) parts.push_back({"archive/data/" + key, bytes});
  parts.push_back({"archive/version", "3\n"});
  return parts;
}

/// As torch.save writes it.
inline std::string torch_zip(std::string_view value, const TorchStorages& storages = {}) {
  return zip_bytes(torch_parts(value, storages)).whole();
}

/// As torch.save wrote it before PyTorch 1.6. Storages: key, elements, bytes.
struct LegacyStorage {
  std::string key;
  std::int64_t elements;
  std::string bytes;
};

inline std::string legacy_start(bool little_endian = true) {
  return "\x80\x02\x8A\x0A\x6C\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19." +
         pickle::whole(pickle::integer(1001)) +
         pickle::whole(pickle::dict({{"little_endian", little_endian ? "\x88" : "\x89"}}));
}

inline std::string torch_legacy(std::string_view value,
                                const std::vector<LegacyStorage>& storages) {
  std::string keys = "](", data;
  for (const auto& [key, elements, bytes] : storages) {
    keys += pickle::text(key);
    data += raw(elements) + bytes;
  }
  return legacy_start() + pickle::whole(value) + pickle::whole(keys + 'e') + data;
}

}  // namespace latentrt::testing
