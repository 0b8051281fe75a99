#include "io/torch_file/pickle_reader.hpp"

#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "base/fail.hpp"
#include "io/torch_file/pickle_escapes.hpp"
#include "io/torch_file/pickle_machine.hpp"
#include "io/torch_file/pickle_objects.hpp"

namespace latentrt::io {
namespace {

constexpr std::size_t kMaxOpcodes = 5'000'000, kMaxTensors = 100'000;

/// A handler reads the bytes after its opcode and changes the stack.
class Reader : private PickleMachine {
 public:
  Reader(PickleInput& input, PickleValues& values)
      : PickleMachine(input), input_(input), values_(values) {}

  PickleRef read() {
    for (std::size_t count = 0; !result_; ++count) {
      if (count == kMaxOpcodes) refuse(fmt::format("has more than {} opcodes", kMaxOpcodes));
      const std::uint8_t opcode = take_opcode();
      const Handler handler = kGrammar[opcode];
      if (handler == nullptr)
        refuse(fmt::format("has the opcode 0x{:02X}, which is not read,", opcode));
      (this->*handler)();
    }
    return *result_;
  }

 private:
  using Handler = void (Reader::*)();
  using Grammar = std::array<Handler, 256>;
  static const Grammar kGrammar;
  static constexpr Grammar grammar();

  void pop_mark() { pop_to_mark(); }
  void duplicate() { push(top()); }
  void stop() { result_ = result(); }

  // Frames and numbers

  void protocol() {
    const std::uint8_t version = input_.byte();
    if (version < 2 || version > 5) refuse(fmt::format("is of protocol {}", version));
  }

  void frame() {
    if (input_.number<std::uint64_t>() > input_.left()) refuse("has a frame beyond its end");
  }

  template <PickleKind kind>
  void simple() {
    push(values_.add(kind));
  }

  template <bool value>
  void boolean() {
    push(values_.add_boolean(value));
  }

  template <class T>
  void number() {
    push(values_.add_integer(input_.number<T>()));
  }

  /// Two's complement, little-endian. Integers of more than 8 bytes are kept as bytes: seeds and
  /// the magic number of old files need this, sizes and indices do not.
  template <class Length>
  void long_number() {
    const auto bytes = static_cast<std::int64_t>(input_.number<Length>());
    if (bytes < 0 || bytes > UINT8_MAX) refuse("has an integer that is too long");
    const std::string digits = input_.text(static_cast<std::uint64_t>(bytes));
    if (digits.size() > sizeof(std::int64_t))
      return push(values_.add_text(PickleKind::bytes, digits));
    push(values_.add_integer(signed_integer(digits)));
  }

  void number_line() {
    const std::string line = input_.line();
    if (line == "00" || line == "01") return push(values_.add_boolean(line == "01"));
    push(values_.add_integer(parsed<std::int64_t>(line)));
  }

  void long_line() {
    std::string line = input_.line();
    if (line.ends_with('L')) line.pop_back();
    push(values_.add_integer(parsed<std::int64_t>(line)));
  }

  void real_line() {
    parsed<double>(input_.line());
    push(values_.add(PickleKind::real));
  }

  void real() {
    input_.skip(sizeof(double));
    push(values_.add(PickleKind::real));
  }

  template <class T>
  T parsed(const std::string& text) const {
    T value{};
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || rest != end) refuse("has a line that is no number");
    return value;
  }

  // Texts

  template <class Length>
  std::uint64_t length() {
    const auto bytes = input_.number<Length>();
    if (std::cmp_less(bytes, 0)) refuse("has a negative length");
    return static_cast<std::uint64_t>(bytes);
  }

  template <class Length>
  void text() {
    push(values_.add_text(PickleKind::text, input_.text(length<Length>())));
  }

  template <class Length>
  void bytes() {
    input_.skip(length<Length>());
    push(values_.add(PickleKind::bytes));
  }

  void raw_line() {
    const std::string line = input_.line();
    if (line.find('\\') != std::string::npos) refuse("has a text with escapes that are not read");
    push(values_.add_text(PickleKind::text, line));
  }

  void quoted_line() {
    const auto text = unquoted(input_.line());
    if (!text) refuse("has a quoted text that is not well-formed");
    push(values_.add_text(PickleKind::text, *text));
  }

  // Containers

  void list_to_mark() { push(container(PickleKind::list, pop_to_mark())); }
  void dict_to_mark() { push(container(PickleKind::dict, pairs(pop_to_mark()))); }
  void tuple_to_mark() { push(values_.add_tuple(pop_to_mark())); }

  template <std::size_t count>
  void tuple() {
    push(values_.add_tuple(pop_last(count)));
  }

  PickleRef container(PickleKind kind, const std::vector<PickleRef>& items) {
    const PickleRef made = values_.add_container(kind);
    values_.append(made, items);
    return made;
  }

  std::vector<PickleRef> pairs(std::vector<PickleRef> items) const {
    if (items.size() % 2 != 0) refuse("has a key without a value");
    return items;
  }

  /// Objects of other classes may be lists and dictionaries too.
  void extend(PickleKind kind, const std::vector<PickleRef>& items) {
    const PickleRef target = top();
    if (values_.is(target, PickleKind::opaque)) return;
    if (!values_.is(target, kind))
      refuse(fmt::format("adds to {} as to a container", values_.description(target)));
    values_.append(target, items);
  }

  void append() { extend(PickleKind::list, {pop()}); }
  void append_all() { extend(PickleKind::list, pop_to_mark()); }
  void set_items() { extend(PickleKind::dict, pairs(pop_to_mark())); }
  void set_item() {
    const PickleRef value = pop(), key = pop();
    extend(PickleKind::dict, {key, value});
  }

  void empty_set() { push(values_.add_opaque(values_.add(PickleKind::nothing))); }
  void add_items() {
    pop_to_mark();
    extend(PickleKind::opaque, {});
  }
  void frozen_set() {
    pop_to_mark();
    empty_set();
  }

  // The memo

  template <class Index>
  void put_at() {
    put(input_.number<Index>());
  }
  template <class Index>
  void get_at() {
    get(input_.number<Index>());
  }
  void get_line() { get(parsed<std::uint32_t>(input_.line())); }

  // Objects

  void name_lines() {
    const PickleRef module = values_.add_text(PickleKind::text, input_.line());
    push(values_.add_name(module, values_.add_text(PickleKind::text, input_.line())));
  }

  void name_from_stack() {
    const PickleRef name = pop(), module = pop();
    if (!values_.is(name, PickleKind::text) || !values_.is(module, PickleKind::text))
      refuse("names an object by other than texts");
    push(values_.add_name(module, name));
  }

  void persistent() { push(pickled_storage(values_, pop())); }

  void call() {
    const PickleRef arguments = pop(), callee = pop();
    if (!values_.is(arguments, PickleKind::tuple)) refuse("has arguments that are not a tuple");
    push(pickled_object(values_, callee, arguments));
    if (values_.tensor_count() > kMaxTensors)
      refuse(fmt::format("has more than {} tensors", kMaxTensors));
  }

  void call_with_names() {
    pop();
    call();
  }

  void build() {
    const PickleRef state = pop();
    set_pickled_state(values_, top(), state);
  }

  PickleInput& input_;
  PickleValues& values_;
  std::optional<PickleRef> result_;
};

constexpr Reader::Grammar Reader::grammar() {
  Grammar all{};
  all[0x80] = &Reader::protocol;
  all[0x95] = &Reader::frame;
  all['.'] = &Reader::stop;

  all['N'] = &Reader::simple<PickleKind::nothing>;
  all[0x88] = &Reader::boolean<true>;
  all[0x89] = &Reader::boolean<false>;
  all['K'] = &Reader::number<std::uint8_t>;
  all['M'] = &Reader::number<std::uint16_t>;
  all['J'] = &Reader::number<std::int32_t>;
  all[0x8A] = &Reader::long_number<std::uint8_t>;
  all[0x8B] = &Reader::long_number<std::int32_t>;
  all['I'] = &Reader::number_line;
  all['L'] = &Reader::long_line;
  all['F'] = &Reader::real_line;
  all['G'] = &Reader::real;

  all['X'] = &Reader::text<std::uint32_t>;
  all[0x8C] = &Reader::text<std::uint8_t>;
  all[0x8D] = &Reader::text<std::uint64_t>;
  all['T'] = &Reader::text<std::int32_t>;
  all['U'] = &Reader::text<std::uint8_t>;
  all['V'] = &Reader::raw_line;
  all['S'] = &Reader::quoted_line;
  all['B'] = &Reader::bytes<std::uint32_t>;
  all['C'] = &Reader::bytes<std::uint8_t>;
  all[0x8E] = &Reader::bytes<std::uint64_t>;
  all[0x96] = &Reader::bytes<std::uint64_t>;

  all[']'] = &Reader::simple<PickleKind::list>;
  all['}'] = &Reader::simple<PickleKind::dict>;
  all[')'] = &Reader::tuple<0>;
  all[0x85] = &Reader::tuple<1>;
  all[0x86] = &Reader::tuple<2>;
  all[0x87] = &Reader::tuple<3>;
  all['('] = &Reader::mark;
  all['l'] = &Reader::list_to_mark;
  all['d'] = &Reader::dict_to_mark;
  all['t'] = &Reader::tuple_to_mark;
  all['a'] = &Reader::append;
  all['e'] = &Reader::append_all;
  all['s'] = &Reader::set_item;
  all['u'] = &Reader::set_items;
  all[0x8F] = &Reader::empty_set;
  all[0x90] = &Reader::add_items;
  all[0x91] = &Reader::frozen_set;
  all['0'] = &Reader::pop_value_or_mark;
  all['1'] = &Reader::pop_mark;
  all['2'] = &Reader::duplicate;

  all['q'] = &Reader::put_at<std::uint8_t>;
  all['r'] = &Reader::put_at<std::uint32_t>;
  all[0x94] = &Reader::memoize;
  all['h'] = &Reader::get_at<std::uint8_t>;
  all['j'] = &Reader::get_at<std::uint32_t>;
  all['g'] = &Reader::get_line;

  all['c'] = &Reader::name_lines;
  all[0x93] = &Reader::name_from_stack;
  all['Q'] = &Reader::persistent;
  all['R'] = &Reader::call;
  all[0x81] = &Reader::call;
  all[0x92] = &Reader::call_with_names;
  all['b'] = &Reader::build;
  return all;
}

constexpr Reader::Grammar Reader::kGrammar = Reader::grammar();

}  // namespace

PickleRef read_pickle(PickleInput& input, PickleValues& values) {
  return Reader(input, values).read();
}

}  // namespace latentrt::io
