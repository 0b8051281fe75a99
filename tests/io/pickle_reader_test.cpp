/// The grammar of pickles: what is accepted, and at which byte the rest is refused.
#include "io/torch_file/pickle_reader.hpp"

#include <gmock/gmock.h>

#include "support/cpu_time.hpp"
#include "support/expect_error.hpp"
#include "support/temp_dir.hpp"
#include "support/torch_bytes.hpp"

namespace latentrt::io {
namespace {

using testing::raw;
namespace pickle = testing::pickle;

struct Read {
  PickleValues values;
  PickleRef root = 0;

  PickleKind kind() const { return values.kind(root); }
  std::int64_t integer() const { return values.integer(root); }
  std::string_view text() const { return values.text(root); }
};

class PickleReader : public ::testing::Test {
 protected:
  Read read(const std::string& opcodes) const {
    const InputFile file(dir_.write("a.pkl", opcodes));
    PickleInput input(file, 0, file.size());
    Read result;
    result.root = read_pickle(input, result.values);
    return result;
  }
  void expect_refused(std::string_view part, const std::string& opcodes) const {
    EXPECT_ERROR(Code::bad_file, part, read(opcodes));
    EXPECT_ERROR(Code::bad_file, "a.pkl: its pickle ", read(opcodes));
  }

  const testing::TempDir dir_;
};

TEST_F(PickleReader, Numbers) {
  EXPECT_EQ(read("K\xFF.").integer(), 255);
  EXPECT_EQ(read("M\x01\x02.").integer(), 0x201);
  EXPECT_EQ(read("J\xFE\xFF\xFF\xFF.").integer(), -2);
  EXPECT_EQ(read(std::string("\x8A\0.", 3)).integer(), 0);
  EXPECT_EQ(read("\x8A\x01\x80.").integer(), -128);
  EXPECT_EQ(read("\x8A\x08" + raw(INT64_MIN) + ".").integer(), INT64_MIN);
  EXPECT_EQ(read("\x8B" + raw(std::int32_t{2}) + raw(std::int16_t{-3}) + ".").integer(), -3);
  EXPECT_EQ(read("I-12\n.").integer(), -12);
  EXPECT_EQ(read("L34L\n.").integer(), 34);
  EXPECT_EQ(read("I01\n.").kind(), PickleKind::boolean);
  EXPECT_EQ(read("\x88.").kind(), PickleKind::boolean);
  EXPECT_EQ(read("F1.5e3\n.").kind(), PickleKind::real);
  EXPECT_EQ(read("G12345678.").kind(), PickleKind::real);
  EXPECT_EQ(read("N.").kind(), PickleKind::nothing);
  expect_refused("has a line that is no number at byte 0", "I12a\n.");
  expect_refused("has a line that is no number", "I99999999999999999999\n.");
  expect_refused("has a line that is no number", "Fx\n.");
  expect_refused("has an integer that is too long", "\x8B" + raw(std::int32_t{-1}) + ".");
}

/// Seeds may take 9 bytes; they have no effect.
TEST_F(PickleReader, LongIntegersAreBytes) {
  EXPECT_EQ(read("\x8A\x09" + std::string(9, '\x01') + ".").kind(), PickleKind::bytes);
}

TEST_F(PickleReader, Texts) {
  EXPECT_EQ(read(pickle::text("caf\xC3\xA9") + '.').text(), "caf\xC3\xA9");
  EXPECT_EQ(read("\x8C\x02hi.").text(), "hi");
  EXPECT_EQ(read("\x8D" + raw(std::uint64_t{2}) + "hi.").text(), "hi");
  EXPECT_EQ(read("U\x02hi.").text(), "hi");
  EXPECT_EQ(read("T" + raw(std::int32_t{2}) + "hi.").text(), "hi");
  EXPECT_EQ(read("Vhi\n.").text(), "hi");
  EXPECT_EQ(read("S'a\\n\\x41\\\\\\''\n.").text(), "a\nA\\'");
  EXPECT_EQ(read("S\"it's\"\n.").text(), "it's");
  for (const std::string& bytes : {"B" + raw(std::uint32_t{2}), std::string("C\x02"),
                                   "\x8E" + raw(std::uint64_t{2}), "\x96" + raw(std::uint64_t{2})})
    EXPECT_EQ(read(bytes + "hi.").kind(), PickleKind::bytes);
  for (const char* literal : {"hi", "'hi", "'a'b'", "'\\q'", "'\\x4'", "'\\", "'"})
    expect_refused("has a quoted text that is not well-formed", 'S' + std::string(literal) + "\n.");
  expect_refused("escapes that are not read", "V\\u0041\n.");
  expect_refused("has a negative length", "T" + raw(std::int32_t{-1}) + ".");
}

TEST_F(PickleReader, LengthsAreCheckedFirst) {
  expect_refused("is cut", "X" + raw(UINT32_MAX) + "a.");
  expect_refused("is cut", "\x8D" + raw(UINT64_MAX) + "a.");
  expect_refused("is cut", "\x8E" + raw(UINT64_MAX) + "a.");
  expect_refused("has a text of 1048577 bytes",
                 pickle::text(std::string((1u << 20) + 1, 'a')) + '.');
  expect_refused("has a line that is too long", 'V' + std::string((1u << 20) + 1, 'a') + "\n.");
  expect_refused("has a frame beyond its end", "\x95" + raw(std::uint64_t{3}) + "N.");
  EXPECT_NO_THROW(read("\x80\x04\x95" + raw(std::uint64_t{2}) + "N."));
}

TEST_F(PickleReader, Containers) {
  const Read dict = read("}(" + pickle::text("a") + "K\x01" + pickle::text("b") + "]K\x02" + "au.");
  ASSERT_EQ(dict.kind(), PickleKind::dict);
  const auto items = dict.values.items(dict.root);
  ASSERT_EQ(items.size(), 4U);
  EXPECT_EQ(dict.values.text(items[2]), "b");
  EXPECT_EQ(dict.values.integer(dict.values.items(items[3])[0]), 2);
  for (const char* list : {"](K\x01K\x02"
                           "e.",
                           "(K\x01K\x02l.",
                           "]K\x01"
                           "aK\x02"
                           "a."})
    EXPECT_EQ(read(list).values.items(read(list).root).size(), 2U);
  for (const char* tuple : {"K\x01K\x02\x86.", "(K\x01K\x02t."}) {
    const Read pair = read(tuple);
    EXPECT_EQ(pair.kind(), PickleKind::tuple);
    EXPECT_EQ(pair.values.integer(pair.values.items(pair.root)[1]), 2);
  }
  EXPECT_EQ(read("(K\x01K\x02"
                 "d.")
                .kind(),
            PickleKind::dict);
  EXPECT_EQ(read(").").kind(), PickleKind::tuple);
  for (const char* set : {"\x8F.", "\x8F(K\x01\x90.", "(K\x01\x91."})
    EXPECT_EQ(read(set).kind(), PickleKind::opaque);
  expect_refused("has a key without a value", "}(K\x01u.");
  expect_refused("adds to an integer as to a container",
                 "K\x01K\x02"
                 "a.");
  expect_refused("adds to a list as to a container", "]K\x01K\x02s.");
  expect_refused("adds to a dictionary as to a container", "}(K\x01\x90.");
}

TEST_F(PickleReader, TheStackIsChecked) {
  expect_refused("takes a value from an empty stack at byte 0", "0.");
  expect_refused("takes a value from an empty stack", "K\x01\x86.");
  expect_refused("takes a value from an empty stack", "K\x01(a.");  // not below the mark
  expect_refused("needs a mark that is not there", "K\x01t.");
  expect_refused("ends with other than one value", ".");
  expect_refused("ends with other than one value at byte 2", "NN.");
  expect_refused("ends with other than one value", "N(.");
  expect_refused("is cut at byte 1", "N");
  EXPECT_EQ(read("N(0.").kind(), PickleKind::nothing);
  EXPECT_EQ(read("N(NN1.").kind(), PickleKind::nothing);
  EXPECT_EQ(read("K\x01\x32\x86.").kind(), PickleKind::tuple);
  expect_refused("has more than 100000 values on its stack", std::string(100'001, 'N'));
  expect_refused("has more than 100000 values on its stack", std::string(100'001, '('));
}

TEST_F(PickleReader, TheMemoIsChecked) {
  EXPECT_EQ(read(std::string("K\x07q\0"
                             "0h\0.",
                             8))
                .integer(),
            7);
  EXPECT_EQ(
      read("K\x07r" + raw(std::uint32_t{300}) + "0j" + raw(std::uint32_t{300}) + ".").integer(), 7);
  EXPECT_EQ(read(std::string("K\x07\x94K\x08\x94"
                             "00h\x01.",
                             11))
                .integer(),
            8);
  EXPECT_EQ(read(std::string("K\x07q\x05"
                             "0g5\n.",
                             9))
                .integer(),
            7);
  expect_refused("takes place 3 of its memo, which is empty, at byte 0", "h\x03.");
  expect_refused("has place 2147483648 in its memo", "Nr" + raw(std::uint32_t{1} << 31) + ".");
  expect_refused("takes place 4294967295 of its memo", "j" + raw(UINT32_MAX) + ".");
}

TEST_F(PickleReader, TheGrammarIsClosed) {
  std::string known =
      "\x80\x81\x85\x86\x87\x88\x89\x8A\x8B\x8C\x8D\x8E\x8F\x90\x91\x92\x93\x94\x95\x96";
  known += "().012BCFGIJKLMNQRSTUVX]abcdeghjlqrstu}";
  for (int opcode = 0; opcode < 256; ++opcode) {
    const char c = static_cast<char>(opcode);
    const std::string start = "NN" + std::string(1, c);
    if (known.find(c) == std::string::npos)
      expect_refused("which is not read, at byte 2", start);
    else
      EXPECT_FALSE(testing::throws_error(Code::bad_file, "which is not read", [&] { read(start); }))
          << opcode;
  }
  // a persistent id in text form
  expect_refused("has the opcode 0x50, which is not read,", "P1\n.");
  expect_refused("has the opcode 0x69, which is not read,", "(ios\nsystem\n.");
  expect_refused("is of protocol 6", "\x80\x06N.");
  expect_refused("is of protocol 1", "\x80\x01N.");
}

TEST_F(PickleReader, ObjectsOfOtherClassesAreOpaque) {
  for (const std::string& object :
       {pickle::command("false"), pickle::name("os", "system") + ")\x81",
        pickle::name("os", "system") + ")}\x92", pickle::command("false") + "}b",
        pickle::text("os") + pickle::text("system") + "\x93)R",
        pickle::command("false") + "K\x01K\x02s",
        pickle::command("false") + "(K\x01"
                                   "e"}) {
    const Read value = read(object + '.');
    EXPECT_EQ(value.kind(), PickleKind::opaque);
    EXPECT_EQ(value.values.description(value.root), "an object of the class \"os.system\"");
  }
  EXPECT_EQ(read(pickle::name("os", "system") + '.').kind(), PickleKind::name);
  // The result of calling an opaque value, and calls of values that are not callable.
  EXPECT_EQ(read(pickle::command("false") + ")R.").kind(), PickleKind::opaque);
  EXPECT_EQ(read("K\x01)R.").kind(), PickleKind::opaque);
  expect_refused("has arguments that are not a tuple", pickle::name("os", "system") + "NR.");
  expect_refused("names an object by other than texts", "NN\x93.");
}

TEST_F(PickleReader, ReadsDictionariesThatAreObjects) {
  const std::string pair = "(" + pickle::text("a") + "K\x01l";
  const Read listed = read(pickle::call("collections", "OrderedDict", {"(" + pair + "l"}) + '.');
  ASSERT_EQ(listed.kind(), PickleKind::dict);
  EXPECT_EQ(listed.values.items(listed.root).size(), 2U);
  EXPECT_EQ(read(pickle::call("collections", "OrderedDict", {}) + "}b.").kind(), PickleKind::dict);
  EXPECT_EQ(read(pickle::call("collections", "OrderedDict", {"N"}) + '.').kind(),
            PickleKind::opaque);
}

/// A million nested tuples, or a value that contains itself, need no recursion.
TEST_F(PickleReader, DepthCostsNothing) {
  const double seconds = testing::cpu_seconds_of([&] {
    EXPECT_EQ(read(")" + std::string(1'000'000, '\x85') + '.').kind(), PickleKind::tuple);
  });
  EXPECT_LT(seconds, testing::kLinearWork);
  EXPECT_EQ(read(std::string("]q\0h\0a.", 7)).kind(), PickleKind::list);
}

TEST_F(PickleReader, OpcodesAndTensorsAreLimited) {
  std::string many;
  for (int i = 0; i < 2'500'001; ++i) many += "N0";
  expect_refused("has more than 5000000 opcodes", many + "N.");
  const std::string first = pickle::tensor(pickle::storage("FloatStorage", "0", 1), {{}, {}});
  const auto arguments = first.substr(first.find('('));
  std::string tensors = pickle::name("torch._utils", "_rebuild_tensor_v2") + "q" + '\1' +
                        arguments.substr(0, arguments.size() - 1) + "q" + '\2' + "R";
  for (int i = 0; i < 100'000; ++i) tensors += "0h\1h\2R";
  expect_refused("has more than 100000 tensors", tensors + ".");
}

}  // namespace
}  // namespace latentrt::io
