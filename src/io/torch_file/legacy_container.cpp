#include <algorithm>
#include <map>
#include <vector>

#include "base/checked.hpp"
#include "base/fail.hpp"
#include "base/quote.hpp"
#include "io/torch_file/containers.hpp"
#include "io/torch_file/pickle_reader.hpp"

namespace latentrt::io {
namespace {

/// The pickle of 0x1950A86A20F9469CFC6C.
constexpr std::string_view kMagic{"\x6C\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19", 10};
constexpr std::int64_t kVersion = 1001;
constexpr std::uint64_t kMaxPickle = 64u << 20;

/// Reads the parts of the file in order.
class LegacyReader {
 public:
  explicit LegacyReader(const InputFile& file) : file_(file) {}

  Unpacked read() {
    check_magic();
    check_version();
    check_machine();
    Unpacked result;
    result.root = pickle(result.values);
    read_storages(result);
    return result;
  }

 private:
  [[noreturn]] void refuse(std::string_view problem) const {
    fail(Code::bad_file, "{}: not a file of torch.save: {}", file_.path().string(), problem);
  }

  /// The next pickle.
  PickleRef pickle(PickleValues& values) {
    PickleInput input(file_, position_, std::min(file_.size(), position_ + kMaxPickle));
    const PickleRef root = read_pickle(input, values);
    position_ = input.position();
    return root;
  }

  void check_magic() {
    PickleValues values;
    const PickleRef magic = pickle(values);
    if (!values.is(magic, PickleKind::bytes) || values.text(magic) != kMagic)
      refuse("it does not begin with the mark of one");
  }

  void check_version() {
    PickleValues values;
    const PickleRef version = pickle(values);
    if (!values.is(version, PickleKind::integer) || values.integer(version) != kVersion)
      refuse(fmt::format("its version is not {}", kVersion));
  }

  /// A dictionary in which little_endian is true.
  void check_machine() {
    PickleValues values;
    const PickleRef machine = pickle(values);
    if (!values.is(machine, PickleKind::dict)) refuse("it does not describe its machine");
    const auto items = values.items(machine);
    for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
      const bool order = values.is(items[i], PickleKind::text) &&
                         values.text(items[i]) == "little_endian" &&
                         values.is(items[i + 1], PickleKind::boolean);
      if (!order) continue;
      if (values.integer(items[i + 1]) != 0) return;
      fail(Code::unsupported,
           "{}: written on a machine that is not little-endian; save it again on another one",
           file_.path().string());
    }
    refuse("it does not say little_endian");
  }

  /// Bytes per element, as declared by the first tensor that uses a storage.
  std::map<std::string_view, std::uint64_t> element_bytes(const PickleValues& values) const {
    std::map<std::string_view, std::uint64_t> bytes;
    for (const PickledStorage& storage : values.storages())
      bytes.emplace(values.text(storage.key), storage.type ? storage.type->bytes : 0);
    return bytes;
  }

  void read_storages(Unpacked& result) {
    PickleValues keys;
    const PickleRef list = pickle(keys);
    if (!keys.is(list, PickleKind::list)) refuse("it does not list its storages");
    const auto bytes = element_bytes(result.values);
    for (const PickleRef key : keys.items(list)) {
      const auto found = keys.is(key, PickleKind::text) ? bytes.find(keys.text(key)) : bytes.end();
      if (found == bytes.end()) refuse("it lists a storage that no tensor uses");
      add(result.storages, std::string(found->first), found->second);
    }
  }

  /// The number of elements precedes them as an int64.
  void add(Storages& storages, const std::string& key, std::uint64_t element_bytes) {
    std::int64_t elements = 0;
    if (file_.size() - position_ < sizeof(elements)) refuse_cut(key);
    file_.read(position_, std::as_writable_bytes(std::span(&elements, 1)));
    position_ += sizeof(elements);
    if (element_bytes == 0) {
      fail(Code::unsupported, "{}: storage {} is of a type that is not read", file_.path().string(),
           quote(key));
    }
    const auto bytes = checked_mul(elements, static_cast<std::int64_t>(element_bytes));
    if (elements < 0 || !bytes || static_cast<std::uint64_t>(*bytes) > file_.size() - position_)
      refuse_cut(key);
    const ByteRange range{position_, position_ + static_cast<std::uint64_t>(*bytes)};
    if (!storages.emplace(key, range).second)
      refuse(fmt::format("it lists storage {} twice", quote(key)));
    position_ = range.end;
  }

  [[noreturn]] void refuse_cut(const std::string& key) const {
    fail(Code::bad_file, "{}: the file ends within storage {}: it is cut or damaged",
         file_.path().string(), quote(key));
  }

  const InputFile& file_;
  std::uint64_t position_ = 0;
};

}  // namespace

Unpacked unpack_legacy(const InputFile& file) { return LegacyReader(file).read(); }

bool begins_like_legacy(std::string_view head) noexcept {
  constexpr std::size_t kLatest = 16;  // after the protocol, and a frame in later ones
  return head.starts_with('\x80') &&
         head.substr(0, kLatest + kMagic.size()).find(kMagic) != std::string_view::npos;
}

}  // namespace latentrt::io
