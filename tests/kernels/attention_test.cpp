#include "kernels/attention/attention.h"

#include <gtest/gtest.h>

#include <barrier>
#include <latentrt/error.hpp>
#include <limits>
#include <thread>

#include "device/cuda/device_memory.h"
#include "device/cuda/device_query.h"
#include "kernels/attention/attention_block.h"
#include "kernels/attention/attention_dispatch.h"
#include "tests/kernels/attention_compare.h"
#include "tests/kernels/host_warp.h"

namespace latentrt::kernels {
namespace {

AttentionData by_reference(AttentionData data) {
  attention_ref(data.host_args());
  return data;
}

// ---- The kernels' bodies, with emulated warps on the host ----

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

/// Calls body(HostWarp, block, shared memory) for all warps of every block, one block after the
/// other, with shared memory initialised to NaN. In half of the blocks copies complete late.
template <class Body>
void run_blocks(int blocks, int warps, int shared_bytes, const Body& body) {
  constexpr std::size_t kBeyond = 64;
  const std::size_t size = static_cast<std::size_t>(shared_bytes) / sizeof(float);
  std::barrier<> barrier(warps);
  std::vector<Pack<float, 4>> shared(size / 4 + kBeyond);
  const auto fill = [&] {
    for (auto& pack : shared) pack = {{kNan, kNan, kNan, kNan}};
  };
  std::vector<std::jthread> threads;
  for (int index = 0; index < warps; ++index) {
    threads.emplace_back([&, index] {
      for (int block = 0; block < blocks; ++block) {
        barrier.arrive_and_wait();
        if (index == 0) fill();
        barrier.arrive_and_wait();
        const HostWarp warp(index, barrier, block % 2 == 0);
        body(warp, block, reinterpret_cast<unsigned char*>(shared.data()));
      }
    });
  }
  threads.clear();
  for (std::size_t i = size / 4; i < shared.size(); ++i)
    ASSERT_TRUE(std::isnan(shared[i].values[0])) << "a write beyond shared memory";
}

template <class Tile>
void run_tiles(const AttentionArgs& args) {
  const int tiles = static_cast<int>(tiles_of(args.queries, Tile::kRows));
  run_blocks(static_cast<int>(attention_blocks<Tile>(args)), Tile::kWarps, Tile::kSharedBytes,
             [&](const HostWarp& warp, int block, unsigned char* shared) {
               AttentionBlock<Tile, HostWarp>(warp, args, block / tiles, shared).run(block % tiles);
             });
}

template <class Tile>
void run_few_keys(const AttentionArgs& args, int parts) {
  run_blocks(static_cast<int>(args.batch * args.heads) * parts, Tile::kWarps,
             few_keys_shared_bytes<Tile>(keys_of(args)),
             [&](const HostWarp& warp, int block, unsigned char* shared) {
               AttentionBlock<Tile, HostWarp>(warp, args, block / parts, shared)
                   .run_few_keys(block % parts, parts);
             });
}

AttentionData by_tiles(AttentionData data) {
  const AttentionArgs args = data.host_args();
  with_attention_tile(args, [&](auto tile) { run_tiles<decltype(tile)>(args); });
  return data;
}

template <class Tile>
AttentionData by_tile(AttentionData data) {
  run_tiles<Tile>(data.host_args());
  return data;
}

class Attention : public testing::TestWithParam<AttentionCase> {};

INSTANTIATE_TEST_SUITE_P(Cases, Attention, testing::ValuesIn(attention_cases()), case_name);

TEST_P(Attention, KernelBodyMatchesTheReference) {
  const AttentionData data(GetParam());
  const AttentionData expected = by_reference(data);
  expect_near(by_tiles(data), expected);
}

TEST_P(Attention, BodyForFewKeysMatchesTheReference) {
  const AttentionData data(GetParam());
  for (const int parts : {1, 2}) {
    AttentionData actual(data);
    const AttentionArgs args = actual.host_args();
    const bool served =
        with_few_keys_tile(args, [&](auto tile) { run_few_keys<decltype(tile)>(args, parts); });
    if (!served) GTEST_SKIP() << "fp32, or too many keys";
    expect_near(actual, by_reference(data));
  }
}

/// Instances that small cases do not select.
template <class T, int kHead>
void expect_tall_tiles_near(const AttentionCase& test_case) {
  const AttentionData data(test_case);
  const AttentionData expected = by_reference(data);
  expect_near(by_tile<AttentionTile<T, kHead, 2, 64, 2>>(data), expected);
  expect_near(by_tile<AttentionTile<T, kHead, 1, 32, 2, 2, 3>>(data), expected);
}

TEST(AttentionTiles, OfAnyHeightAndWithMoreStagesMatchTheReference) {
  for (const std::int64_t queries : {1, 128, 150}) {
    AttentionCase c{.name = "", .dtype = DType::bf16, .batch = 1, .queries = queries};
    c.keys = {64, 100, 3};
    c.head_size = 40;
    expect_tall_tiles_near<BFloat16, 40>(c);
    c.head_size = 64;
    expect_tall_tiles_near<BFloat16, 64>(c);
    c.head_size = 80;
    expect_tall_tiles_near<BFloat16, 80>(c);
    c.dtype = DType::fp32;
    c.head_size = 64;
    expect_near(by_tile<AttentionTile<float, 64, 2, 16, 2>>(AttentionData(c)),
                by_reference(AttentionData(c)));
  }
}

// ---- Values ----

/// All instances and both bodies must agree.
template <class Expect>
void for_each_body(AttentionCase c, Expect&& expect) {
  for (const DType dtype : {DType::fp32, DType::fp16, DType::bf16}) {
    c.dtype = dtype;
    AttentionData data(c);
    expect(data, [&] {
      data = by_tiles(data);
      return data.results();
    });
    AttentionData few(c);
    const AttentionArgs args = few.host_args();
    if (with_few_keys_tile(args, [](auto) {})) {
      expect(few, [&] {
        with_few_keys_tile(args, [&](auto tile) { run_few_keys<decltype(tile)>(args, 1); });
        return few.results();
      });
    }
  }
}

TEST(AttentionNumbers, NanInAQueryFillsItsRowAlone) {
  for_each_body({.name = "", .batch = 1, .queries = 20, .head_size = 8, .keys = {70}},
                [](AttentionData& data, auto run) {
                  data.set(AttentionData::q, data.index(AttentionData::q, 0, 9, 1, 3), kNan);
                  const auto y = run();
                  for (std::size_t i = 0; i < y.size(); ++i)
                    EXPECT_EQ(std::isnan(y[i]), i / 8 == 20 + 9) << i;
                });
}

TEST(AttentionNumbers, NanInAKeyFillsItsHeadAlone) {
  for_each_body({.name = "", .batch = 1, .queries = 20, .head_size = 8, .keys = {70}},
                [](AttentionData& data, auto run) {
                  const int k = AttentionData::k(0);
                  data.set(k, data.index(k, 0, 69, 1, 3), kNan);
                  const auto y = run();
                  for (std::size_t i = 0; i < y.size(); ++i)
                    EXPECT_EQ(std::isnan(y[i]), i / 8 / 20 == 1) << i;
                });
}

TEST(AttentionNumbers, NanInAValueFillsItsColumnAlone) {
  for_each_body({.name = "", .batch = 1, .queries = 20, .head_size = 8, .keys = {70}},
                [](AttentionData& data, auto run) {
                  const int v = AttentionData::v(0);
                  data.set(v, data.index(v, 0, 69, 1, 3), kNan);
                  const auto y = run();
                  for (std::size_t i = 0; i < y.size(); ++i)
                    EXPECT_EQ(std::isnan(y[i]), i / 8 / 20 == 1 && i % 8 == 3) << i;
                });
}

/// exp2 of a score's distance from the largest is zero, not NaN, however large it is.
TEST(AttentionNumbers, AKeyAtMinusInfinityCountsForNothing) {
  AttentionCase c{.name = "", .dtype = DType::fp32, .batch = 1, .heads = 1, .queries = 3};
  c.head_size = 8, c.keys = {100};
  AttentionData data(c);
  const int k = AttentionData::k(0);
  for (int key = 0; key < 64; ++key) {  // complete tiles of them, and the first
    for (int i = 0; i < 8; ++i) data.set(k, data.index(k, 0, key, 0, i), i == 0 ? -INFINITY : 0);
  }
  for (int query = 0; query < 3; ++query)
    data.set(AttentionData::q, data.index(AttentionData::q, 0, query, 0, 0), 1 + query);
  AttentionArgs rest = data.host_args();
  rest.segment[0].rows = 36;
  rest.segment[0].k = static_cast<const float*>(rest.segment[0].k) + 64 * 8;
  rest.segment[0].v = static_cast<const float*>(rest.segment[0].v) + 64 * 8;
  const auto actual = by_tiles(data).results();
  attention_ref(rest);
  const auto expected = data.results();
  for (std::size_t i = 0; i < actual.size(); ++i) EXPECT_NEAR(actual[i], expected[i], 1e-6) << i;
}

/// Two halves of the keys give the whole: o = sum_h exp(lse_h - lse) o_h.
TEST(AttentionNumbers, LogSumsMergeParts) {
  AttentionData data({.name = "", .batch = 1, .queries = 30, .head_size = 40, .keys = {90, 45}});
  const AttentionData expected = by_reference(data);
  std::vector<std::vector<double>> results;
  std::vector<std::vector<float>> logs;
  for (const int part : {0, 1}) {
    AttentionArgs args = data.host_args();
    args.segment[0] = args.segment[part];
    args.segments = 1;
    run_tiles<AttentionTile<float, 64, 1, 32, 4>>(args);
    results.push_back(data.results());
    logs.push_back(data.log_sums());
  }
  for (std::size_t row = 0; row < logs[0].size(); ++row) {
    const double a = std::exp(logs[0][row]), b = std::exp(logs[1][row]);
    EXPECT_NEAR(std::log(a + b), expected.log_sums()[row], 1e-5);
    for (std::size_t i = row * 40; i < (row + 1) * 40; ++i)
      EXPECT_NEAR((a * results[0][i] + b * results[1][i]) / (a + b), expected.results()[i], 1e-5);
  }
}

/// The division into segments has no effect if it coincides with the division into tiles.
TEST(AttentionNumbers, SegmentsOfWholeTilesChangeNoBit) {
  AttentionCase c{.name = "", .dtype = DType::bf16, .batch = 1, .keys = {256}};
  AttentionData whole(c), cut(c);
  AttentionArgs args = cut.host_args();
  args.segments = 3;
  const std::int64_t rows[] = {64, 128, 64};
  std::int64_t first = 0;
  for (int s = 0; s < 3; ++s) {
    args.segment[s] = args.segment[0];
    args.segment[s].rows = rows[s];
  }
  for (int s = 0; s < 3; first += rows[s++]) {
    const std::int64_t at = first * args.segment[s].k_strides.token;
    args.segment[s].k = static_cast<const BFloat16*>(args.segment[s].k) + at;
    args.segment[s].v = static_cast<const BFloat16*>(args.segment[s].v) + at;
  }
  run_tiles<AttentionTile<BFloat16, 64, 1, 64, 4>>(args);
  run_tiles<AttentionTile<BFloat16, 64, 1, 64, 4>>(whole.host_args());
  EXPECT_EQ(cut.bytes(AttentionData::dst), whole.bytes(AttentionData::dst));
  EXPECT_EQ(cut.log_sums(), whole.log_sums());
}

// ---- The plan ----

std::vector<AttentionCase> all_cases() {
  auto cases = attention_cases();
  for (const AttentionCase& c : attention_network_cases()) cases.push_back(c);
  return cases;
}

AttentionArgs sizes_of(const AttentionCase& c) {
  AttentionArgs args;
  args.dtype = c.dtype;
  args.batch = c.batch, args.heads = c.heads, args.queries = c.queries;
  args.head_size = c.head_size;
  args.segments = static_cast<int>(c.keys.size());
  for (int s = 0; s < args.segments; ++s)
    args.segment[s].rows = c.keys[static_cast<std::size_t>(s)];
  return args;
}

TEST(AttentionPlanning, EveryCaseHasAnInstanceThatFitsABlock) {
  for (const AttentionCase& c : all_cases()) {
    const AttentionArgs args = sizes_of(c);
    int served = 0;
    with_attention_tile(args, [&](auto tile) {
      using Tile = decltype(tile);
      EXPECT_GE(Tile::kHead, c.head_size) << c.name;
      EXPECT_LE(Tile::kSharedBytes, kMostSharedBytes) << c.name;
      ++served;
    });
    EXPECT_EQ(served, 1) << c.name;
    with_few_keys_tile(args, [&](auto tile) {
      using Tile = decltype(tile);
      EXPECT_GE(Tile::kHead, c.head_size) << c.name;
      EXPECT_GE(Tile::kKeys, keys_of(args)) << c.name;
      EXPECT_LE(few_keys_shared_bytes<Tile>(keys_of(args)), kMostSharedBytes) << c.name;
      EXPECT_GE(few_keys_parts<Tile>(args), 1) << c.name;
    });
  }
}

TEST(AttentionPlanning, TunedHeadSizesAreNotPadded) {
  for (const int size : {40, 64, 80, 128, 160}) {
    AttentionCase c{.name = "", .dtype = DType::bf16, .batch = 2, .heads = 8, .queries = 4096};
    c.head_size = size, c.keys = {77};
    const AttentionArgs args = sizes_of(c);
    with_attention_tile(args, [&](auto tile) { EXPECT_EQ(decltype(tile)::kHead, size); });
    EXPECT_TRUE(with_few_keys_tile(args, [&](auto tile) {
      EXPECT_EQ(decltype(tile)::kHead, size);
      EXPECT_LE(decltype(tile)::kKPacks * 8, (size + 15) / 16 * 16);
    }));
  }
}

TEST(AttentionPlanning, LargeCallsTakeTallTilesAndSmallOnesMoreBlocks) {
  AttentionCase c{.name = "", .dtype = DType::bf16, .heads = 8, .queries = 4096, .head_size = 40};
  c.keys = {4096};
  with_attention_tile(sizes_of(c), [](auto tile) { EXPECT_EQ(decltype(tile)::kRows, 128); });
  c.queries = 1024, c.head_size = 80;
  with_attention_tile(sizes_of(c), [](auto tile) { EXPECT_EQ(decltype(tile)::kRows, 64); });
  c.keys = {77};  // a block per 64 queries
  EXPECT_TRUE(with_few_keys_tile(
      sizes_of(c), [&](auto tile) { EXPECT_EQ(few_keys_parts<decltype(tile)>(sizes_of(c)), 16); }));
  c.queries = 65536;  // blocks that run at once
  EXPECT_TRUE(with_few_keys_tile(sizes_of(c), [&](auto tile) {
    using Tile = decltype(tile);
    EXPECT_LE(16 * few_keys_parts<Tile>(sizes_of(c)), 132 * Tile::kBlocks);
    EXPECT_GT(16 * few_keys_parts<Tile>(sizes_of(c)), 132 * Tile::kBlocks - 16);
  }));
}

// ---- The launched kernels ----

/// The data with its results from the device.
AttentionData on_device(AttentionData data) {
  std::vector<DeviceMemory> memory;
  for (int b = 0; b < data.buffers(); ++b) {
    memory.emplace_back(data.bytes(b).size());
    memory.back().upload(data.bytes(b).data());
  }
  attention(data.args([&](int b) { return memory[static_cast<std::size_t>(b)].data(); }), nullptr);
  synchronize_device();
  for (const int b : {AttentionData::dst, AttentionData::lse})
    memory[static_cast<std::size_t>(b)].download(data.bytes(b).data());
  return data;
}

/// Part of a head's queries.
AttentionArgs part_of(AttentionArgs args, std::int64_t batch, std::int64_t head, std::int64_t first,
                      std::int64_t count) {
  with_element(args.dtype, [&](auto element) {
    using T = decltype(element);
    const auto at = [&](const void* data, const AttentionStrides& s, std::int64_t token) {
      return static_cast<const T*>(data) + batch * s.batch + token * s.token + head * s.head;
    };
    args.q = at(args.q, args.q_strides, first);
    args.dst = const_cast<T*>(at(args.dst, args.dst_strides, first));
    for (int s = 0; s < args.segments; ++s) {
      args.segment[s].k = at(args.segment[s].k, args.segment[s].k_strides, 0);
      args.segment[s].v = at(args.segment[s].v, args.segment[s].v_strides, 0);
    }
  });
  args.lse = nullptr;
  args.batch = 1, args.heads = 1, args.queries = count;
  return args;
}

class LaunchedAttention : public testing::TestWithParam<AttentionCase> {};

INSTANTIATE_TEST_SUITE_P(Cases, LaunchedAttention, testing::ValuesIn(all_cases()), case_name);

/// For large calls the first full tile, and the last queries of the last head.
TEST_P(LaunchedAttention, CudaMatchesTheReferenceWithTheSameBitsEachTime) {
  if (!cuda_device_present())
    GTEST_SKIP() << "no CUDA device on this machine, or a build without CUDA";
  constexpr double kMostOperations = 1e8;
  const AttentionCase& c = GetParam();
  const AttentionData data(c);
  AttentionData actual = on_device(data);
  if (data.operations() <= kMostOperations) {
    expect_near(actual, by_reference(data));
  } else {
    constexpr std::int64_t kCount = 50, kTile = 128;
    AttentionData expected(data);
    const std::int64_t first = std::min(kTile, c.queries);
    attention_ref(part_of(expected.host_args(), 0, 0, 0, first));
    expect_near(actual, expected, 0, 0, 0, first);
    attention_ref(
        part_of(expected.host_args(), c.batch - 1, c.heads - 1, c.queries - kCount, kCount));
    expect_near(actual, expected, c.batch - 1, c.heads - 1, c.queries - kCount, kCount);
  }
  AttentionData again = on_device(data);
  EXPECT_EQ(again.bytes(AttentionData::dst), actual.bytes(AttentionData::dst));
  EXPECT_EQ(again.bytes(AttentionData::lse), actual.bytes(AttentionData::lse));
}

TEST(AttentionWithoutDevice, RefusesWithAnError) {
  if (cuda_device_present()) GTEST_SKIP() << "a CUDA device is present";
  AttentionData data({.name = "plain"});
  EXPECT_THROW(attention(data.host_args(), nullptr), Error);
}

}  // namespace
}  // namespace latentrt::kernels
