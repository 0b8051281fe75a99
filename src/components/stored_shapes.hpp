#pragma once

#include <fmt/ranges.h>

#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "base/fail.hpp"
#include "base/quote.hpp"
#include "io/as_float.hpp"
#include "io/tensor_file.hpp"

namespace latentrt::pipeline {

/// Shapes of the tensors with a prefix, from which a configuration is inferred.
class StoredShapes {
 public:
  StoredShapes(const io::TensorFile& file, std::string prefix)
      : file_(file), prefix_(std::move(prefix)) {}

  bool has(const std::string& name) const { return file_.tensors().contains(prefix_ + name); }

  bool holds(const std::string& name_prefix) const {
    const std::string whole = prefix_ + name_prefix;
    const auto found = file_.tensors().lower_bound(whole);
    return found != file_.tensors().end() && found->first.starts_with(whole);
  }

  /// Throws Error(bad_file) that names the tensor if it is missing, or has no such dimension.
  std::int64_t extent(const std::string& name, std::size_t dimension) const {
    const auto found = file_.tensors().find(prefix_ + name);
    if (found == file_.tensors().end()) {
      fail(Code::bad_file, "{}: tensor {} is missing", file_.path().string(),
           quote(prefix_ + name));
    }
    const auto& shape = found->second.shape;
    if (dimension >= shape.size() || shape[dimension] < 1) {
      fail(Code::bad_file, "{}: tensor {} has shape [{}], from which no configuration follows",
           file_.path().string(), quote(prefix_ + name), fmt::join(shape, ","));
    }
    return shape[dimension];
  }

  std::size_t rank(const std::string& name) const {
    extent(name, 0);
    return file_.tensors().at(prefix_ + name).shape.size();
  }

  /// The tensors with a longer prefix.
  StoredShapes within(const std::string& more) const { return {file_, prefix_ + more}; }
  std::string path() const { return file_.path().string(); }

  /// The value of a scalar tensor, or the fallback if there is none.
  double scalar(const std::string& name, double fallback) const {
    const auto found = file_.tensors().find(prefix_ + name);
    if (found == file_.tensors().end() || !found->second.shape.empty()) return fallback;
    double value = fallback;
    io::read_as_float(file_, found->first, found->second,
                      [&](std::span<const float> values) { value = values.front(); });
    return value;
  }

  /// The number of prefixes "<stem>0.", "<stem>1.", ... that exist.
  int count(const std::string& stem) const {
    int n = 0;
    while (holds(fmt::format("{}{}.", stem, n))) ++n;
    return n;
  }

 private:
  const io::TensorFile& file_;
  std::string prefix_;
};

}  // namespace latentrt::pipeline
