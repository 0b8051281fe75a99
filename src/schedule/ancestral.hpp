#pragma once

namespace latentrt::schedule {

/// A step of ancestral sampling (Song et al. 2021, section 4.3): from a sigma down to one below the
/// next, and then noise that leads up to the next.
struct Ancestral {
  double down = 0, up = 0;
};

/// eta: the share of the noise, 1 for ancestral sampling and 0 for none.
Ancestral ancestral(double sigma, double sigma_next, double eta = 1);

/// As above, computed in fp32 as in diffusers, where `down` is the square root of a small
/// difference: in runs of few steps it is wrong by some percent, which affects steps that evaluate
/// the network there.
Ancestral ancestral_in_fp32(double sigma, double sigma_next);

}  // namespace latentrt::schedule
