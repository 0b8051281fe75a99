#include "io/torch_file/pickle_machine.hpp"

#include "base/fail.hpp"

namespace latentrt::io {
namespace {

constexpr std::size_t kMaxStack = 100'000;
constexpr std::uint32_t kMaxMemo = 1u << 20;
constexpr PickleRef kNoValue = UINT32_MAX;

}  // namespace

std::uint8_t PickleMachine::take_opcode() {
  at_ = input_.position();
  return input_.byte();
}

void PickleMachine::check_room() const {
  if (stack_.size() + marks_.size() >= kMaxStack)
    refuse(fmt::format("has more than {} values on its stack", kMaxStack));
}

void PickleMachine::need(std::size_t count) const {
  const std::size_t bottom = marks_.empty() ? 0 : marks_.back();
  if (stack_.size() - bottom < count) refuse("takes a value from an empty stack");
}

void PickleMachine::push(PickleRef value) {
  check_room();
  stack_.push_back(value);
}

PickleRef PickleMachine::top() const {
  need(1);
  return stack_.back();
}

PickleRef PickleMachine::pop() {
  const PickleRef value = top();
  stack_.pop_back();
  return value;
}

std::vector<PickleRef> PickleMachine::pop_last(std::size_t count) {
  need(count);
  const auto last = std::span(stack_).last(count);
  std::vector<PickleRef> values(last.begin(), last.end());
  stack_.resize(stack_.size() - count);
  return values;
}

void PickleMachine::mark() {
  check_room();
  marks_.push_back(stack_.size());
}

std::vector<PickleRef> PickleMachine::pop_to_mark() {
  if (marks_.empty()) refuse("needs a mark that is not there");
  const std::size_t count = stack_.size() - marks_.back();
  auto values = pop_last(count);
  marks_.pop_back();
  return values;
}

void PickleMachine::pop_value_or_mark() {
  if (!marks_.empty() && marks_.back() == stack_.size()) return marks_.pop_back();
  pop();
}

PickleRef PickleMachine::result() const {
  if (stack_.size() != 1 || !marks_.empty()) refuse("ends with other than one value");
  return stack_.front();
}

void PickleMachine::put(std::uint32_t place) {
  if (place >= kMaxMemo) refuse(fmt::format("has place {} in its memo", place));
  if (place >= memo_.size()) memo_.resize(place + std::size_t{1}, kNoValue);
  if (memo_[place] == kNoValue) ++memoized_;
  memo_[place] = top();
}

void PickleMachine::get(std::uint32_t place) {
  if (place >= memo_.size() || memo_[place] == kNoValue)
    refuse(fmt::format("takes place {} of its memo, which is empty,", place));
  push(memo_[place]);
}

}  // namespace latentrt::io
