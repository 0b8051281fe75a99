/// Ranks on two machines: two network namespaces that are connected only to each other.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

#include "cli/latentrt_fixture.hpp"

namespace latentrt::testing {
namespace {

/// Runs a system command without output.
bool works(const std::string& command) {
  return std::system((command + " >/dev/null 2>&1").c_str()) == 0;
}

/// Two machines, "first" (10.201.0.1) and "other" (10.201.0.2). Each has a name of its own in its
/// /etc/hosts, as Debian writes it: 127.0.1.1.
class LatentrtNetwork : public Latentrt {
 protected:
  void SetUp() override {
    const std::string cable =
        "ip link add lrt0 netns " + space(0) + " type veth peer name lrt0 netns " + space(1);
    if (!works("ip netns add " + space(0)) || !works("ip netns add " + space(1)) || !works(cable))
      GTEST_SKIP() << "no rights to make network namespaces here (ip netns add, ip link add)";
    for (const int machine : {0, 1}) {
      const std::string ip = "ip -n " + space(machine);
      ASSERT_TRUE(works(ip + " link set lo up") && works(ip + " link set lrt0 up") &&
                  works(ip + " addr add " + address(machine) + "/24 dev lrt0"));
    }
    hosts_.write("0", "127.0.0.1 localhost\n127.0.1.1 first\n10.201.0.2 other\n");
    hosts_.write("1", "127.0.0.1 localhost\n127.0.1.1 other\n10.201.0.1 first\n");
  }

  void TearDown() override {
    for (const int machine : {0, 1}) works("ip netns del " + space(machine));
  }

  static std::string space(int machine) {
    return "latentrt-" + std::to_string(getpid()) + "-" + std::to_string(machine);
  }
  static std::string address(int machine) { return "10.201.0." + std::to_string(machine + 1); }

  Process start(int rank, int size, int machine, const std::string& host,
                const Arguments& arguments) {
    // Mounts in ip's copy of the file systems are not visible elsewhere.
    const std::string script = "mount --bind \"$1\" /etc/hosts || exit 77; shift; exec \"$@\"";
    Arguments all{"netns",
                  "exec",
                  space(machine),
                  "sh",
                  "-c",
                  script,
                  "sh",
                  (hosts_ / std::to_string(machine)).string(),
                  std::string(LATENTRT_BINARY_DIR) + "/latentrt"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return Process("/sbin/ip", all,
                   {"RANK=" + std::to_string(rank), "WORLD_SIZE=" + std::to_string(size),
                    "MASTER_ADDR=" + host, "MASTER_PORT=2900", "OMP_NUM_THREADS=1",
                    "LATENTRT_RANK_SECRET=what all ranks of these tests know"});
  }

  TempDir hosts_;
};

/// Ranks 0 and 1 are on the machine that the rendezvous address names, rank 2 is on the other one:
/// it must reach both.
TEST_F(LatentrtNetwork, RanksMeetByTheNameOfAMachineThatCallsItselfLoopback) {
  const Arguments work{
      "txt2img", "--model", model_,    "--prompt", "a red circle",    "--steps", "2",
      "--out",   picture(), "--accel", "patch",    "--rank-deadline", "120"};
  for (const std::string host : {"first", "10.201.0.1"}) {
    std::filesystem::remove(picture());
    std::vector<Process> ranks;
    for (int rank = 0; rank < 3; ++rank) ranks.push_back(start(rank, 3, rank / 2, host, work));
    for (Process& rank : ranks) {
      const Outcome end = rank.wait();
      EXPECT_EQ(end.exit_code, 0) << host << ": " << end.err;
    }
    EXPECT_TRUE(std::filesystem::exists(picture()));
  }
}

}  // namespace
}  // namespace latentrt::testing
