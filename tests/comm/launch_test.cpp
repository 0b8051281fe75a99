#include "comm/launch.hpp"

#include <gtest/gtest.h>

#include <map>

#include "support/expect_error.hpp"

namespace latentrt::comm {
namespace {

using Set = std::map<std::string, std::string>;

Launch launched(const Set& set) {
  return read_launch([&](const char* name) -> std::optional<std::string> {
    const auto found = set.find(name);
    return found == set.end() ? std::nullopt : std::optional(found->second);
  });
}

Set with(Set set, const Set& more) {
  for (const auto& [name, value] : more) set[name] = value;
  return set;
}

const Set kMeeting{{"MASTER_ADDR", "node7"}, {"MASTER_PORT", "2900"}};
const Set kMpirun{{"OMPI_COMM_WORLD_RANK", "1"},
                  {"OMPI_COMM_WORLD_SIZE", "4"},
                  {"OMPI_COMM_WORLD_LOCAL_RANK", "1"},
                  {"OMPI_COMM_WORLD_LOCAL_SIZE", "4"},
                  {"PMIX_NAMESPACE", "one-run"}};

TEST(Launch, WithoutALauncherIsOneRank) {
  const Launch launch = launched({});
  EXPECT_EQ(launch.rank, 0);
  EXPECT_EQ(launch.size, 1);
}

const Set kTorchrun{{"MASTER_ADDR", "node7"}, {"MASTER_PORT", "2900"}, {"RANK", "5"},
                    {"WORLD_SIZE", "8"},      {"LOCAL_RANK", "1"},     {"LOCAL_WORLD_SIZE", "4"}};

TEST(Launch, ByTorchrun) {
  const Launch launch = launched(kTorchrun);
  EXPECT_EQ(launch.rank, 5);
  EXPECT_EQ(launch.size, 8);
  EXPECT_EQ(launch.local_rank, 1);
  EXPECT_EQ(launch.local_size, 4);
  EXPECT_EQ(launch.host, "node7");
  EXPECT_EQ(launch.port, 2900);
}

/// The agent listens at MASTER_PORT: the ranks meet at another port, which is the same for all
/// ranks of an attempt.
TEST(Launch, ByTorchrunWithAStoreOfItsOwn) {
  const Set served = with(kTorchrun, {{"TORCHELASTIC_USE_AGENT_STORE", "True"}});
  const std::uint16_t port = launched(served).port;
  EXPECT_NE(port, 2900);
  EXPECT_EQ(port, launched(with(served, {{"RANK", "0"}})).port);
  EXPECT_NE(port, launched(with(served, {{"TORCHELASTIC_RESTART_COUNT", "1"}})).port);
  EXPECT_NE(port, launched(with(served, {{"MASTER_PORT", "2901"}})).port);
}

TEST(Launch, ByMpirunOnOneMachineNeedsNoPlaceToMeet) {
  const Launch launch = launched(kMpirun), same = launched(kMpirun);
  EXPECT_EQ(launch.rank, 1);
  EXPECT_EQ(launch.size, 4);
  EXPECT_EQ(launch.host, "127.0.0.1");
  EXPECT_EQ(launch.port, same.port);
  EXPECT_NE(launch.port, launched(with(kMpirun, {{"PMIX_NAMESPACE", "another-run"}})).port);
}

TEST(Launch, ByMpirunOnSeveralMachinesNeedsOne) {
  const Set two = with(kMpirun, {{"OMPI_COMM_WORLD_LOCAL_SIZE", "2"}});
  EXPECT_EQ(launched(two).host, "");
  EXPECT_EQ(launched(with(two, kMeeting)).host, "node7");
}

TEST(Launch, BySrun) {
  const Set job{{"SLURM_PROCID", "3"},  {"SLURM_STEP_NUM_TASKS", "4"},
                {"SLURM_LOCALID", "1"}, {"SLURM_STEP_NODELIST", "gpu[03-07,12],other"},
                {"SLURM_JOB_ID", "77"}, {"SLURM_STEP_ID", "0"}};
  const Launch launch = launched(job);
  EXPECT_EQ(launch.rank, 3);
  EXPECT_EQ(launch.size, 4);
  EXPECT_EQ(launch.local_rank, 1);
  EXPECT_EQ(launch.host, "gpu03");
  EXPECT_EQ(launch.port, launched(job).port);
  EXPECT_EQ(launched(with(job, {{"SLURM_STEP_NODELIST", "a,b"}})).host, "a");
}

/// A batch script is one process, whatever the job's size.
TEST(Launch, InASlurmScriptIsOneRank) {
  EXPECT_EQ(launched({{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "4"}}).size, 1);
}

/// mpirun inside a Slurm job: the inner launcher's variables count.
TEST(Launch, InnerLauncherCounts) {
  EXPECT_EQ(launched(with(kMpirun, {{"SLURM_PROCID", "0"}, {"SLURM_STEP_NUM_TASKS", "1"}})).rank,
            1);
}

TEST(Launch, ContradictionsNameTheVariables) {
  EXPECT_ERROR(Code::invalid_argument, "RANK is set and WORLD_SIZE is not",
               launched({{"RANK", "0"}}));
  EXPECT_ERROR(Code::invalid_argument, "RANK=4 with WORLD_SIZE=4",
               launched(with(kMeeting, {{"RANK", "4"}, {"WORLD_SIZE", "4"}})));
  EXPECT_ERROR(Code::invalid_argument, "RANK=x: not a number",
               launched({{"RANK", "x"}, {"WORLD_SIZE", "4"}}));
  EXPECT_ERROR(Code::invalid_argument, "RANK=0 of WORLD_SIZE=2, but OMPI_COMM_WORLD_RANK=1",
               launched(with(kMpirun, {{"RANK", "0"}, {"WORLD_SIZE", "2"}})));
  EXPECT_ERROR(Code::invalid_argument, "MASTER_ADDR is set and MASTER_PORT is not",
               launched({{"RANK", "0"}, {"WORLD_SIZE", "2"}, {"MASTER_ADDR", "here"}}));
  EXPECT_ERROR(
      Code::invalid_argument, "MASTER_PORT=70000",
      launched(with(kMeeting, {{"RANK", "0"}, {"WORLD_SIZE", "2"}, {"MASTER_PORT", "70000"}})));
}

}  // namespace
}  // namespace latentrt::comm
