#pragma once
/// The work of one block of group_norm's kernels. It is written against a Block (lane() of lanes()
/// threads, a power of two; row(), slab(), part() of parts(), sync()) so that a test can run it
/// with the host's threads.
///
/// A lane processes one column, a pack of channels, from pixel to pixel. All moments are those of
/// the deviations from the group's first element, which keeps fp32 exact when the mean is large.

#include <cmath>

#include "kernels/group_norm/group_norm_math.h"
#include "kernels/group_norm/group_norm_plan.h"

namespace latentrt::kernels {

/// n / d for n * d < 2^32, as a multiplication.
class Divisor {
 public:
  LATENTRT_HOST_DEVICE explicit Divisor(int d)
      : inverse_(0xffffffffu / static_cast<std::uint32_t>(d) + std::uint64_t{1}) {}
  LATENTRT_HOST_DEVICE int operator()(int n) const {
    return static_cast<int>((static_cast<std::uint32_t>(n) * inverse_) >> 32);
  }

 private:
  std::uint64_t inverse_;
};

/// Of one group of a slab: its first element, as z = x + add, then the results of its moments.
struct GroupTerms {
  float x, add;
  float mean;     ///< of z - (x + add)
  float inverse;  ///< 1 / sqrt(var + eps)
};

/// Shared memory of a block, in this order: lists_, terms_, and, if the block computes moments,
/// channels_.
inline std::size_t group_norm_shared_bytes(const GroupNormSlabs& slabs, int width, int lanes,
                                           bool finds_moments) {
  const int channels = finds_moments ? lanes * width : 0;
  return static_cast<std::size_t>(lanes) * sizeof(Moments<float, 1>) +
         static_cast<std::size_t>(slabs.groups) * sizeof(GroupTerms) +
         static_cast<std::size_t>(channels) * sizeof(ChannelMoments);
}

template <class T, int kWidth, class Block>
class GroupNormBlock {
 public:
  /// `shared` is aligned to 16 bytes.
  LATENTRT_DEVICE GroupNormBlock(const Block& block, const GroupNormArgs& args,
                                 const GroupNormPlan& plan, unsigned char* shared)
      : block_(block), a_(args), plan_(plan), groups_(plan.slabs.groups) {
    const int width = static_cast<int>(a_.channels / a_.groups);
    const int piece = block_.slab() % plan.slabs.pieces;
    group_ = block_.slab() / plan.slabs.pieces * groups_;
    channel_ = std::int64_t{group_} * width + piece * plan.slabs.columns * kWidth;
    columns_ = plan.slabs.columns;
    if (plan.slabs.pieces > 1) columns_ = least(columns_, width / kWidth - piece * columns_);
    group_channels_ = columns_ * kWidth / groups_;
    pixel_lanes_ = block_.lanes() / columns_;
    column_ = block_.lane() % columns_;
    pixel_lane_ = block_.lane() / columns_;
    first_pixel_ = a_.pixels * block_.part() / block_.parts();
    pixels_ = static_cast<int>(a_.pixels * (block_.part() + 1) / block_.parts() - first_pixel_);
    lists_ = reinterpret_cast<Moments<float, 1>*>(shared);
    terms_ = reinterpret_cast<GroupTerms*>(lists_ + block_.lanes());
    channels_ = reinterpret_cast<ChannelMoments*>(terms_ + groups_);
    list_lanes_ = block_.lanes();
    while (list_lanes_ * groups_ > block_.lanes()) list_lanes_ /= 2;
  }

  /// The first of two launches.
  LATENTRT_DEVICE void store_moments() {
    find_moments();
    const int group = block_.lane() / list_lanes_;
    if (group < groups_ && block_.lane() % list_lanes_ == 0) {
      const int piece = block_.slab() % plan_.slabs.pieces;
      partials(group)[block_.part() * plan_.slabs.pieces + piece] = lists_[block_.lane()];
      if (block_.part() == 0 && piece == 0) kept_first(group) = terms_[group].x;
    }
  }

  /// The second launch.
  LATENTRT_DEVICE void apply_stored() {
    load_firsts(true);
    merge_lists(plan_.partials(), [this](int group, int i) { return partials(group)[i]; });
    apply();
  }

  /// Both in one, if a block reads all pixels.
  LATENTRT_DEVICE void run() {
    find_moments();
    apply();
  }

 private:
  LATENTRT_DEVICE static int least(int a, int b) { return a < b ? a : b; }

  /// Offset of this lane's channels in the first of its pixels.
  LATENTRT_DEVICE std::int64_t place() const {
    return (block_.row() * a_.pixels + first_pixel_ + pixel_lane_) * a_.channels + channel_ +
           column_ * kWidth;
  }
  LATENTRT_DEVICE std::int64_t stride() const { return pixel_lanes_ * a_.channels; }

  /// Number of pixels of a lane; none beyond pixel_lanes_.
  LATENTRT_DEVICE int pixels_of(int pixel_lane) const {
    if (pixel_lane >= pixel_lanes_) return 0;
    return pixels_ / pixel_lanes_ + (pixel_lane < pixels_ % pixel_lanes_ ? 1 : 0);
  }

  /// Channel terms of this lane; zeros for a null pointer.
  LATENTRT_DEVICE Numbers<float, kWidth> terms(const void* data, std::int64_t row) const {
    if (data == nullptr) return {};
    return load<float, kWidth>(static_cast<const T*>(data) + row * a_.channels + channel_ +
                               column_ * kWidth);
  }

  /// A group's entry in the workspace: its first x, kept for the second launch, because another
  /// block may have overwritten it with y.
  LATENTRT_DEVICE float& kept_first(int group) const {
    return a_.workspace[(block_.row() * a_.groups + group_ + group) * plan_.group_numbers()];
  }
  /// Partial moments, of all blocks that read any of the group.
  LATENTRT_DEVICE Moments<float, 1>* partials(int group) const {
    return reinterpret_cast<Moments<float, 1>*>(&kept_first(group) + 1);
  }

  /// A group's first element in `data`, a row of which has `size` channels; zero for a null
  /// pointer.
  LATENTRT_DEVICE float first_of(const void* data, std::int64_t size, int group) const {
    if (data == nullptr) return 0;
    const std::int64_t channel = (group_ + group) * (a_.channels / a_.groups);
    return to_float(static_cast<const T*>(data)[block_.row() * size + channel]);
  }

  LATENTRT_DEVICE void load_firsts(bool kept) {
    const int group = block_.lane();
    if (group < groups_) {
      terms_[group].x = kept ? kept_first(group) : first_of(a_.x, a_.pixels * a_.channels, group);
      terms_[group].add = first_of(a_.add, a_.channels, group);
    }
    block_.sync();
  }

  /// Computes moments of this part of every group into lists_.
  LATENTRT_DEVICE void find_moments() {
    load_firsts(false);
    const int count = pixels_of(pixel_lane_);
    const auto sums = pixel_sums<T, kWidth>(static_cast<const T*>(a_.x) + place(), stride(), count);
    const auto add = terms(a_.add, block_.row());
    const Divisor group_of(group_channels_);
    if (count > 0) {
      ChannelMoments* const mine = channels_ + block_.lane() * kWidth;
      for (int k = 0; k < kWidth; ++k) {
        const GroupTerms& first = terms_[group_of(column_ * kWidth + k)];
        mine[k] = channel_moments(sums, k, count,
                                  (sums.first[k] - first.x) + (add.values[k] - first.add));
      }
    }
    block_.sync();
    const int more = pixels_ / pixel_lanes_, with_more = pixels_ % pixel_lanes_;
    merge_lists(least(pixel_lanes_, pixels_) * group_channels_, [&](int group, int i) {
      const int pixel_lane = group_of(i);
      const ChannelMoments& one =
          channels_[pixel_lane * columns_ * kWidth + group * group_channels_ + i -
                    pixel_lane * group_channels_];
      const int pixels = more + (pixel_lane < with_more ? 1 : 0);
      return Moments<float, 1>{static_cast<float>(pixels), {one.mean}, {one.squared_deviations}};
    });
  }

  /// Merges a list of moments per group: lane i of a group's list_lanes_ takes those at i, i +
  /// list_lanes_, ..., and a tree of fixed shape merges them into the first lane's entry of lists_.
  template <class Entry>
  LATENTRT_DEVICE void merge_lists(int length, const Entry& entry) {
    const int lane = block_.lane(), group = lane / list_lanes_, i = lane % list_lanes_;
    lists_[lane] = moments_of_list(i, group < groups_ ? length : 0, list_lanes_,
                                   [&](int e) { return entry(group, e); });
    for (int half = list_lanes_ / 2; half > 0; half /= 2) {
      block_.sync();
      if (i < half) lists_[lane] = merged(lists_[lane], lists_[lane + half]);
    }
    block_.sync();
  }

  LATENTRT_DEVICE void finish_groups() {
    const int group = block_.lane();
    if (group < groups_) {
      const Moments<float, 1>& all = lists_[group * list_lanes_];
      const float variance = all.squared_deviations[0] / all.count;
      terms_[group].mean = all.mean[0];
      terms_[group].inverse = 1 / std::sqrt(variance + static_cast<float>(a_.eps));
    }
    block_.sync();
  }

  LATENTRT_DEVICE ChannelMap<kWidth> map() const {
    const auto scale = terms(a_.scale, 0), shift = terms(a_.shift, 0),
               add = terms(a_.add, block_.row());
    const Divisor group_of(group_channels_);
    ChannelMap<kWidth> map;
    for (int k = 0; k < kWidth; ++k) {
      const GroupTerms& group = terms_[group_of(column_ * kWidth + k)];
      map.origin[k] = group.x;
      map.factor[k] = group.inverse * scale.values[k];
      map.offset[k] = ((add.values[k] - group.add) - group.mean) * map.factor[k] + shift.values[k];
    }
    return map;
  }

  LATENTRT_DEVICE void apply() {
    finish_groups();
    constexpr int kAtOnce = 4;
    int left = pixels_of(pixel_lane_);
    if (left == 0) return;
    const ChannelMap<kWidth> map = this->map();
    const T* x = static_cast<const T*>(a_.x) + place();
    T* y = static_cast<T*>(a_.y) + place();
    for (; left >= kAtOnce; left -= kAtOnce, x += kAtOnce * stride(), y += kAtOnce * stride())
      map_pixels<kAtOnce>(x, y, stride(), map, a_.silu);
    for (; left > 0; --left, x += stride(), y += stride())
      map_pixels<1>(x, y, stride(), map, a_.silu);
  }

  const Block& block_;
  const GroupNormArgs& a_;
  const GroupNormPlan& plan_;
  int groups_, group_;    ///< of the slab; the first of them
  std::int64_t channel_;  ///< the slab's first
  int columns_, group_channels_, pixel_lanes_, column_, pixel_lane_;
  std::int64_t first_pixel_;
  int pixels_;      ///< of the part
  int list_lanes_;  ///< lanes that merge a group's list
  Moments<float, 1>* lists_;
  GroupTerms* terms_;
  ChannelMoments* channels_;  ///< [pixel lanes, channels of the slab]
};

}  // namespace latentrt::kernels
