/// How do I show a stream in a window? Usage: stream_window MODEL_DIRECTORY [PICTURES
/// SCREENSHOT.bmp]
///
/// Left: a moving circle, drawn by the program; right: the model's picture of it. The keys 1 to 4
/// change the prompt, escape ends. With the last two arguments the window saves itself after that
/// many pictures, and closes.

#include <SDL.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <latentrt/error.hpp>
#include <latentrt/stream_session.hpp>
#include <memory>
#include <stdexcept>
#include <string>

namespace {

constexpr int kScale = 3;
constexpr Uint32 kFormat = SDL_PIXELFORMAT_RGBA32;  // red, green, blue, alpha in memory
constexpr std::array kPrompts{
    "a large red star on a white background", "a large green square on a white background",
    "a large orange triangle on a white background", "a large purple star on a black background"};

[[noreturn]] void refuse() { throw std::runtime_error(SDL_GetError()); }

template <class T>
T* needed(T* thing) {
  return thing != nullptr ? thing : (refuse(), nullptr);
}

struct Free {
  void operator()(SDL_Window* window) const { SDL_DestroyWindow(window); }
  void operator()(SDL_Renderer* renderer) const { SDL_DestroyRenderer(renderer); }
  void operator()(SDL_Texture* texture) const { SDL_DestroyTexture(texture); }
  void operator()(SDL_Surface* surface) const { SDL_FreeSurface(surface); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

struct Library {
  Library() {
    if (SDL_Init(SDL_INIT_VIDEO) != 0) refuse();
  }
  ~Library() { SDL_Quit(); }
};

/// The scene that a game would draw.
void draw_scene(SDL_Surface* scene, double seconds) {
  const int side = scene->h, radius = side / 5;
  const int cx = scene->w / 2 + static_cast<int>(scene->w / 5 * std::cos(seconds));
  const int cy = side / 2 + static_cast<int>(side / 5 * std::sin(2 * seconds));
  SDL_FillRect(scene, nullptr, SDL_MapRGB(scene->format, 255, 255, 255));
  for (int y = -radius; y <= radius; ++y) {
    const int half = static_cast<int>(std::sqrt(radius * radius - y * y));
    const SDL_Rect line{cx - half, cy + y, 2 * half + 1, 1};
    SDL_FillRect(scene, &line, SDL_MapRGB(scene->format, 40, 80, 220));
  }
}

class View {
 public:
  View(int width, int height)
      : width_(width),
        height_(height),
        window_(needed(SDL_CreateWindow("LatentRT", SDL_WINDOWPOS_CENTERED, SDL_WINDOWPOS_CENTERED,
                                        2 * kScale * width, kScale * height, 0))),
        renderer_(needed(SDL_CreateRenderer(window_.get(), -1, 0))),
        left_(texture()),
        right_(texture()) {}

  void show_scene(const SDL_Surface& scene) {
    SDL_UpdateTexture(left_.get(), nullptr, scene.pixels, scene.pitch);
  }

  void show_picture(const latentrt::Image& image) {
    void* pixels = nullptr;
    int pitch = 0;
    if (SDL_LockTexture(right_.get(), nullptr, &pixels, &pitch) != 0) refuse();
    latentrt::copy_pixels(image, {pixels, width_, height_, latentrt::PixelFormat::rgba8,
                                  static_cast<std::size_t>(pitch)});
    SDL_UnlockTexture(right_.get());
  }

  void draw() {
    const SDL_Rect left{0, 0, kScale * width_, kScale * height_},
        right{kScale * width_, 0, kScale * width_, kScale * height_};
    SDL_RenderCopy(renderer_.get(), left_.get(), nullptr, &left);
    SDL_RenderCopy(renderer_.get(), right_.get(), nullptr, &right);
  }
  void present() { SDL_RenderPresent(renderer_.get()); }

  void set_title(const std::string& title) { SDL_SetWindowTitle(window_.get(), title.c_str()); }

  /// Saves the result of draw(), before it is presented.
  void save(const char* file) {
    const Owned<SDL_Surface> shot(needed(
        SDL_CreateRGBSurfaceWithFormat(0, 2 * kScale * width_, kScale * height_, 32, kFormat)));
    if (SDL_RenderReadPixels(renderer_.get(), nullptr, kFormat, shot->pixels, shot->pitch) != 0 ||
        SDL_SaveBMP(shot.get(), file) != 0)
      refuse();
  }

 private:
  SDL_Texture* texture() {
    return needed(
        SDL_CreateTexture(renderer_.get(), kFormat, SDL_TEXTUREACCESS_STREAMING, width_, height_));
  }

  int width_, height_;
  Owned<SDL_Window> window_;
  Owned<SDL_Renderer> renderer_;
  Owned<SDL_Texture> left_, right_;
};

/// Returns false when the window should close.
bool follow_events(latentrt::StreamSession& session) {
  SDL_Event event;
  while (SDL_PollEvent(&event) != 0) {
    if (event.type == SDL_QUIT) return false;
    if (event.type != SDL_KEYDOWN) continue;
    if (event.key.keysym.sym == SDLK_ESCAPE) return false;
    const int place = event.key.keysym.sym - SDLK_1;
    if (place >= 0 && place < std::ssize(kPrompts))
      session.update({.prompt = kPrompts[static_cast<std::size_t>(place)], .ramp = 8});
  }
  return true;
}

void run(const char* model, int pictures, const char* screenshot) {
  const Library library;
  latentrt::StreamSession session(
      latentrt::Pipeline::load(latentrt::Context::create(), model),
      {.prompt = kPrompts[0], .t_index = {18, 28, 38}, .guidance = 1, .seed = 1});
  View view(session.width(), session.height());
  const Owned<SDL_Surface> scene(
      needed(SDL_CreateRGBSurfaceWithFormat(0, session.width(), session.height(), 32, kFormat)));
  const Uint64 start = SDL_GetTicks64();
  for (int shown = 0; follow_events(session);) {
    const double seconds = static_cast<double>(SDL_GetTicks64() - start) / 1000;
    draw_scene(scene.get(), seconds);
    view.show_scene(*scene);
    session.push({scene->pixels, scene->w, scene->h, latentrt::PixelFormat::rgba8,
                  static_cast<std::size_t>(scene->pitch)});
    if (const auto finished = session.poll()) {
      view.show_picture(finished->image);
      view.set_title("LatentRT: " + std::to_string(++shown / seconds) + " pictures a second");
    }
    view.draw();
    const bool enough = screenshot != nullptr && shown >= pictures;
    if (enough) view.save(screenshot);
    view.present();
    if (enough) return;
    SDL_Delay(16);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 && argc != 4) {
    std::cerr << "usage: stream_window MODEL_DIRECTORY [PICTURES SCREENSHOT.bmp]\n";
    return 2;
  }
  try {
    run(argv[1], argc == 4 ? std::atoi(argv[2]) : 0, argc == 4 ? argv[3] : nullptr);
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
  return 0;
}
