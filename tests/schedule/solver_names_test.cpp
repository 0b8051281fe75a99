/// Solver names of other programs.
#include "schedule/solver_names.hpp"

#include <gtest/gtest.h>

#include <string>

#include "schedule/solver_table.hpp"
#include "support/expect_error.hpp"

namespace latentrt::schedule {
namespace {

std::string found(const char* name) {
  SolverTable table;
  register_all_solvers(table);
  return table.by_name(name).name;
}

struct Name {
  const char *theirs, *ours;
};

TEST(SolverNames, AreThoseOfOtherProgramsToo) {
  for (const Name& name : {Name{"DDIM", "ddim"},
                           Name{"DDIMScheduler", "ddim"},
                           Name{"Euler", "euler"},
                           Name{"k_euler", "euler"},
                           Name{"EulerDiscreteScheduler", "euler"},
                           Name{"Euler a", "euler_a"},
                           Name{"euler-a", "euler_a"},
                           Name{"k_euler_a", "euler_a"},
                           Name{"euler_ancestral", "euler_a"},
                           Name{"k_euler_ancestral", "euler_a"},
                           Name{"EulerAncestralDiscreteScheduler", "euler_a"},
                           Name{"DPM++ 2M", "dpmpp_2m"},
                           Name{"dpm++2m", "dpmpp_2m"},
                           Name{"k_dpmpp_2m", "dpmpp_2m"},
                           Name{"DPM++ 2M Karras", "dpmpp_2m_karras"},
                           Name{"dpmpp_2m_karras", "dpmpp_2m_karras"},
                           Name{"DPMSolver++", "dpmpp_2m"},
                           Name{"PLMS", "pndm"},
                           Name{"LCM", "lcm"},
                           Name{"DPM++ 2M SDE", "dpmpp_2m_sde"},
                           Name{"DPM++ SDE", "dpmpp_sde"},
                           Name{"DPM++ 3M SDE", "dpmpp_3m_sde"},
                           Name{"DPM++ 2S a", "dpmpp_2s_a"},
                           Name{"k_dpmpp_2s_ancestral", "dpmpp_2s_a"},
                           Name{"DPM2", "kdpm2"},
                           Name{"k_dpm_2_ancestral", "kdpm2_a"},
                           Name{"KDPM2AncestralDiscreteScheduler", "kdpm2_a"},
                           Name{"uni_pc", "unipc"},
                           Name{"k_heun", "heun"},
                           Name{"k_lms", "lms"},
                           Name{"DEIS", "deis"},
                           Name{"SA-Solver", "sa_solver"},
                           Name{"DPMSolverSinglestepScheduler", "dpmpp_single"},
                           Name{"DPM-Solver", "dpmsolver"}})
    EXPECT_EQ(found(name.theirs), name.ours) << name.theirs;
}

TEST(SolverNames, ThatAreOtherSolversAreRefused) {
  for (const char* name : {"DPM++ 4M", "DPM++", "Euler b", "k", "", "++"})
    EXPECT_ERROR(Code::invalid_argument, "unknown scheduler", found(name));
}

/// No two solvers share a name.
TEST(SolverNames, HaveAKeyEach) {
  SolverTable table;
  register_all_solvers(table);
  for (const std::string& name : table.names()) EXPECT_EQ(found(name.c_str()), name);
}

}  // namespace
}  // namespace latentrt::schedule
