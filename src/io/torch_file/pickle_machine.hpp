#pragma once
/// The stack and the memo of a pickle that is read.

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "io/torch_file/pickle_input.hpp"
#include "io/torch_file/pickle_values.hpp"

namespace latentrt::io {

/// At most 100,000 values and marks on the stack, and 1,048,576 places in the memo. All functions
/// throw Error(bad_file) that names the opcode's byte.
class PickleMachine {
 public:
  explicit PickleMachine(PickleInput& input) : input_(input) {}

  /// The next opcode.
  std::uint8_t take_opcode();
  [[noreturn]] void refuse(std::string_view problem) const { input_.refuse(at_, problem); }

  void push(PickleRef value);
  PickleRef top() const;
  PickleRef pop();
  /// This many values, in the order in which they were pushed.
  std::vector<PickleRef> pop_last(std::size_t count);

  void mark();
  /// Removes the last mark, and returns the values above it.
  std::vector<PickleRef> pop_to_mark();
  void pop_value_or_mark();
  /// The only value; nothing else may be left.
  PickleRef result() const;

  void put(std::uint32_t place);
  void get(std::uint32_t place);
  /// Stores the value in the first unused place of the memo.
  void memoize() { put(memoized_); }

 private:
  void check_room() const;
  /// Values below the last mark cannot be taken.
  void need(std::size_t count) const;

  PickleInput& input_;
  std::uint64_t at_ = 0;  // the position of the opcode
  std::vector<PickleRef> stack_;
  std::vector<std::size_t> marks_;  // sizes of the stack
  std::vector<PickleRef> memo_;
  std::uint32_t memoized_ = 0;
};

}  // namespace latentrt::io
