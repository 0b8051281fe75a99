#pragma once
/// Conversions between pictures or host tensors and LibTorch's tensors, for applications that use
/// LibTorch themselves. The only public header that includes LibTorch. An application that includes
/// it must compile and link with the LibTorch that the library was built with: use the CMake target
/// LatentRT::torch, or the variable torch_root of the pkg-config file latentrt.
///
/// All functions may be called from any thread. The tensors that they return are not inference
/// tensors (unless the caller is in c10::InferenceMode): they may be used with autograd, and do not
/// require grad. All functions throw Error; of LibTorch's own exceptions, exhausted memory becomes
/// out_of_memory and any other internal.

#include <ATen/core/Tensor.h>

#include <latentrt/api.hpp>
#include <latentrt/image.hpp>
#include <latentrt/picture.hpp>
#include <latentrt/pixels.hpp>
#include <latentrt/tensor.hpp>

namespace latentrt {

/// fp32, on the host, of the same shape. No element is copied: the tensor takes ownership, so pass
/// std::move(tensor). Throws Error(invalid_argument) if data does not match shape.
LATENTRT_API at::Tensor to_torch(HostTensor tensor);

/// [height, width, 3] uint8 (red, green, blue), on the host. No element is copied, as above.
LATENTRT_API at::Tensor to_torch(Image image);

/// [3, height, width] fp32, on the picture's device: red, green, blue, about -1 to 1, not clamped.
/// No element is copied: the tensor shares the picture's memory, and must not be written to. On a
/// GPU the picture is complete in the order of the context's stream (ContextOptions::stream): read
/// the tensor on that stream, or on one that waits for it. Throws Error(invalid_argument) for a
/// picture of 0 x 0 pixels.
LATENTRT_API at::Tensor to_torch(const Picture& picture);

/// An fp32 copy on the host of a tensor of any real type, on any device. Waits for a GPU.
LATENTRT_API HostTensor to_host(const at::Tensor& tensor);

/// A copy as 8-bit pixels on the host. Takes [3, height, width] or [1, 3, height, width] of a
/// floating type, where -1 to 1 becomes 0 to 255 (clamped, rounded half to even), and [height,
/// width, 3] uint8. Waits for a GPU. Throws Error: invalid_argument for another shape or type,
/// non_finite for NaN and infinity.
LATENTRT_API Image to_image(const at::Tensor& tensor);

/// A tensor's memory as pixels to read or to write (Request::pixels, FrameStream::push,
/// Picture::write). Nothing is copied, and the tensor must stay alive. Shape and type select the
/// format; floats range from 0 to 1, unlike those of to_torch():
///
///   [height, width, 3] uint8   rgb8           [height, width, 3] fp32   rgb_f32
///   [height, width, 4] uint8   rgba8          [3, height, width] fp32   planar_f32 (width not 3)
///
/// Rows may have gaps between them, the elements of a row may not. Throws Error: invalid_argument
/// for another shape, type or layout; unsupported for a device that is neither the CPU nor a CUDA
/// GPU.
LATENTRT_API PixelView pixel_view(const at::Tensor& tensor);
LATENTRT_API PixelSpan pixel_span(const at::Tensor& tensor);

}  // namespace latentrt
