/// Files that describe a picture: class indices of its pixels, and boxes of objects.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "cli/picture_files.hpp"
#include "cli/pictures/labels.hpp"
#include "cli/pictures/png.hpp"
#include "cli/support/boxes.hpp"
#include "support/expect_error.hpp"
#include "support/temp_dir.hpp"

namespace latentrt::cli {
namespace {

namespace fs = std::filesystem;

void write(const fs::path& file, std::string_view bytes) {
  std::ofstream(file, std::ios::binary).write(bytes.data(), std::ssize(bytes));
}

/// A PNG file whose rows hold these bytes.
void write_png(const fs::path& file, int width, int height, spng_color_type type, int bits,
               const std::vector<std::uint8_t>& rows) {
  write(file, testing::encode_png_rows(width, height, type, bits, rows));
}

TEST(Labels, AreIndicesOfAPalette) {
  const testing::TempDir folder;
  // Two bits per pixel, five pixels per row: the last byte of a row is padded.
  write_png(folder / "a.png", 5, 2, SPNG_COLOR_TYPE_INDEXED, 2,
            {0b00'01'10'11, 0b01'000000, 0b11'00'11'00, 0b10'000000});
  const LabelMap labels = read_labels(folder / "a.png");
  EXPECT_EQ(labels.width, 5);
  EXPECT_EQ(labels.height, 2);
  EXPECT_EQ(labels.classes, (std::vector<std::uint8_t>{0, 1, 2, 3, 1, 3, 0, 3, 0, 2}));
}

TEST(Labels, AreGreyValuesAsTheyAreStored) {
  const testing::TempDir folder;
  write_png(folder / "a.png", 3, 1, SPNG_COLOR_TYPE_GRAYSCALE, 8, {0, 181, 255});
  EXPECT_EQ(read_labels(folder / "a.png").classes, (std::vector<std::uint8_t>{0, 181, 255}));
}

TEST(Labels, AreNotColours) {
  const testing::TempDir folder;
  const auto bytes = encode_png({1, 1, {1, 2, 3}}, {});
  write(folder / "a.png", {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  EXPECT_ERROR(Code::unsupported, "a.png: classes are read from PNG files with a palette",
               read_labels(folder / "a.png"));
}

TEST(Boxes, AreReadFromJson) {
  const testing::TempDir folder;
  write(folder / "b.json",
        R"([{"class": 3, "box": [0, 0.25, 1, 0.5]}, {"class": 0, "box": [0.1, 0.2, 0.3, 0.4]}])");
  const std::vector<LayoutBox> boxes = read_boxes(folder / "b.json");
  ASSERT_EQ(boxes.size(), 2U);
  EXPECT_EQ(boxes[0].class_label, 3);
  EXPECT_EQ(boxes[1].box, (std::array<double, 4>{0.1, 0.2, 0.3, 0.4}));
}

TEST(Boxes, OfAnotherFormAreNamed) {
  const testing::TempDir folder;
  const auto refused = [&](std::string_view text, const char* part) {
    write(folder / "b.json", text);
    EXPECT_ERROR(Code::bad_file, part, read_boxes(folder / "b.json"));
  };
  refused("{", "b.json: not a JSON list of boxes");
  refused("{}", "b.json: not a JSON list of boxes");
  refused(R"([{"class": 1, "box": [0, 0, 1, 1]}, {"class": 1}])", "b.json: box 2 is not");
  refused(R"([{"class": "cat", "box": [0, 0, 1, 1]}])", "box 1 is not");
  refused(R"([{"class": 1, "box": [0, 0, 1]}])", "box 1 is not");
  refused(R"([{"class": 1.5, "box": [0, 0, 1, 1]}])", "box 1 is not");
  refused(R"([{"class": 1, "box": [0, 0, 1, "1"]}])", "box 1 is not");
}

}  // namespace
}  // namespace latentrt::cli
