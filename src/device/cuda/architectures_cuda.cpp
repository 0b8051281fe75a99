#include <sstream>
#include <string>
#include <vector>

#include "device/cuda/device_query.h"

namespace latentrt::kernels {

std::vector<std::string> cuda_architectures() {
  std::istringstream words(LATENTRT_CUDA_ARCHITECTURES);
  std::vector<std::string> architectures;
  for (std::string word; words >> word;) architectures.push_back(word);
  return architectures;
}

}  // namespace latentrt::kernels
