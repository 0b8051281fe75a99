#include "device/convolution_plan.hpp"

#include <ATen/cudnn/Handle.h>
#include <cudnn.h>

#include <array>
#include <deque>
#include <vector>

#include "base/fail.hpp"

namespace latentrt::device {
namespace {

void check(cudnnStatus_t status, const char* what) {
  if (status == CUDNN_STATUS_SUCCESS) return;
  std::array<char, 512> message{};
  cudnnGetLastErrorString(message.data(), message.size());
  fail(Code::internal, "cuDNN: {}: {}: {}", what, cudnnGetErrorString(status), message.data());
}

/// A cuDNN object. Others point to it, so it must not move.
class Descriptor {
 public:
  explicit Descriptor(cudnnBackendDescriptorType_t type) {
    check(cudnnBackendCreateDescriptor(type, &descriptor_), "a descriptor");
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { cudnnBackendDestroyDescriptor(descriptor_); }

  void set(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type, std::int64_t count,
           const void* values) {
    check(cudnnBackendSetAttribute(descriptor_, name, type, count, values), "an attribute");
  }
  template <class Value>
  void set(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type, const Value& value) {
    set(name, type, 1, &value);
  }
  void set(cudnnBackendAttributeName_t name, const Descriptor& other) {
    set(name, CUDNN_TYPE_BACKEND_DESCRIPTOR, other.descriptor_);
  }
  template <std::size_t kCount>
  void set(cudnnBackendAttributeName_t name, const std::array<std::int64_t, kCount>& values) {
    set(name, CUDNN_TYPE_INT64, kCount, values.data());
  }
  void finalize(const char* what) { check(cudnnBackendFinalize(descriptor_), what); }
  bool can_finalize() { return cudnnBackendFinalize(descriptor_) == CUDNN_STATUS_SUCCESS; }

  cudnnBackendDescriptor_t get() const { return descriptor_; }

 private:
  cudnnBackendDescriptor_t descriptor_ = nullptr;
};

enum Id : std::int64_t { kX = 1, kKernel, kBias, kSum, kY, kFirstVirtual };

cudnnDataType_t type_of(DType dtype) {
  if (dtype == DType::bf16) return CUDNN_DATA_BFLOAT16;
  if (dtype == DType::fp16) return CUDNN_DATA_HALF;
  fail(Code::internal, "a convolution plan for {}", name_of(dtype));
}

class CudnnPlan final : public ConvolutionPlan {
 public:
  CudnnPlan(const ConvolutionShape& shape, const std::string& device_properties) : shape_(shape) {
    if (!device_properties.empty()) describe_device(device_properties);
    describe_operations();
    describe_graph();
  }

  /// False if no kernel supports it.
  bool choose_kernel() {
    for (const cudnnBackendHeurMode_t mode : {CUDNN_HEUR_MODE_A, CUDNN_HEUR_MODE_FALLBACK})
      for (Descriptor* const config : proposals(mode))
        if (make_plan(*config)) return true;
    return false;
  }

  std::int64_t workspace_bytes() const override { return workspace_bytes_; }

  void run(const ConvolutionBuffers& buffers) const override {
    std::vector<std::int64_t> ids{kX, kKernel, kY};
    std::vector<const void*> pointers{buffers.x, buffers.kernel, buffers.y};
    if (shape_.bias) {
      ids.push_back(kBias);
      pointers.push_back(buffers.bias);
    }
    if (shape_.sum) {
      ids.push_back(kSum);
      pointers.push_back(buffers.sum);
    }
    const auto count = static_cast<std::int64_t>(ids.size());
    Descriptor pack(CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR);
    pack.set(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, CUDNN_TYPE_INT64, count, ids.data());
    pack.set(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, CUDNN_TYPE_VOID_PTR, count, pointers.data());
    pack.set(CUDNN_ATTR_VARIANT_PACK_WORKSPACE, CUDNN_TYPE_VOID_PTR, buffers.workspace);
    pack.finalize("the buffers of a convolution");
    check(cudnnBackendExecute(at::native::getCudnnHandle(), plan_->get(), pack.get()),
          "a convolution");
  }

 private:
  using Sizes = std::array<std::int64_t, 4>;  ///< N, C, H, W

  Descriptor& make(cudnnBackendDescriptorType_t type) { return all_.emplace_back(type); }

  void describe_device(const std::string& properties) {
    device_ = &make(CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR);
    device_->set(CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION, CUDNN_TYPE_CHAR,
                 static_cast<std::int64_t>(properties.size()), properties.c_str());
    device_->finalize("the properties of a device");
  }

  /// With channels last. A virtual tensor is never written to memory.
  Descriptor& tensor(std::int64_t id, const Sizes& sizes, bool is_virtual = false) {
    constexpr std::int64_t kAlignment = 16;
    const auto [n, c, h, w] = sizes;
    Descriptor& made = make(CUDNN_BACKEND_TENSOR_DESCRIPTOR);
    made.set(CUDNN_ATTR_TENSOR_UNIQUE_ID, CUDNN_TYPE_INT64, id);
    made.set(CUDNN_ATTR_TENSOR_DATA_TYPE, CUDNN_TYPE_DATA_TYPE,
             is_virtual ? CUDNN_DATA_FLOAT : type_of(shape_.dtype));
    made.set(CUDNN_ATTR_TENSOR_DIMENSIONS, sizes);
    made.set(CUDNN_ATTR_TENSOR_STRIDES, Sizes{c * h * w, 1, w * c, c});
    made.set(CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, CUDNN_TYPE_INT64, kAlignment);
    made.set(CUDNN_ATTR_TENSOR_IS_VIRTUAL, CUDNN_TYPE_BOOLEAN, is_virtual);
    made.finalize("a tensor");
    return made;
  }

  Descriptor& convolution() {
    using Sides = std::array<std::int64_t, 2>;
    constexpr std::int64_t kSpatial = 2;
    const Sides padding{shape_.padding, shape_.padding}, stride{shape_.stride, shape_.stride};
    Descriptor& made = make(CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR);
    made.set(CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, CUDNN_TYPE_INT64, kSpatial);
    made.set(CUDNN_ATTR_CONVOLUTION_COMP_TYPE, CUDNN_TYPE_DATA_TYPE, CUDNN_DATA_FLOAT);
    made.set(CUDNN_ATTR_CONVOLUTION_CONV_MODE, CUDNN_TYPE_CONVOLUTION_MODE,
             CUDNN_CROSS_CORRELATION);
    made.set(CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, padding);
    made.set(CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, padding);
    made.set(CUDNN_ATTR_CONVOLUTION_DILATIONS, Sides{1, 1});
    made.set(CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, stride);
    made.finalize("a convolution's sizes");
    return made;
  }

  void convolve(const Descriptor& x, const Descriptor& kernel, const Descriptor& y) {
    constexpr float kAlpha = 1, kBeta = 0;
    Descriptor& made = make(CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR);
    made.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC, convolution());
    made.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X, x);
    made.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W, kernel);
    made.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y, y);
    made.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA, CUDNN_TYPE_FLOAT, kAlpha);
    made.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA, CUDNN_TYPE_FLOAT, kBeta);
    made.finalize("a convolution's operation");
    operations_.push_back(made.get());
  }

  void add(const Descriptor& a, const Descriptor& b, const Descriptor& y) {
    Descriptor& mode = make(CUDNN_BACKEND_POINTWISE_DESCRIPTOR);
    mode.set(CUDNN_ATTR_POINTWISE_MODE, CUDNN_TYPE_POINTWISE_MODE, CUDNN_POINTWISE_ADD);
    mode.set(CUDNN_ATTR_POINTWISE_MATH_PREC, CUDNN_TYPE_DATA_TYPE, CUDNN_DATA_FLOAT);
    mode.finalize("an addition");
    Descriptor& made = make(CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR);
    made.set(CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR, mode);
    made.set(CUDNN_ATTR_OPERATION_POINTWISE_XDESC, a);
    made.set(CUDNN_ATTR_OPERATION_POINTWISE_BDESC, b);
    made.set(CUDNN_ATTR_OPERATION_POINTWISE_YDESC, y);
    made.finalize("an addition's operation");
    operations_.push_back(made.get());
  }

  void describe_operations() {
    const Sizes sizes{shape_.rows, shape_.out, shape_.out_height(), shape_.out_width()};
    std::int64_t next_virtual = kFirstVirtual;
    const auto result = [&](bool last) -> Descriptor& {
      return last ? tensor(kY, sizes) : tensor(next_virtual++, sizes, true);
    };
    const Descriptor* y = &result(!shape_.bias && !shape_.sum);
    convolve(tensor(kX, {shape_.rows, shape_.in, shape_.height, shape_.width}),
             tensor(kKernel, {shape_.out, shape_.in, shape_.kernel, shape_.kernel}), *y);
    const auto plus = [&](const Descriptor& term, bool last) {
      const Descriptor& sum = result(last);
      add(*y, term, sum);
      y = &sum;
    };
    // cuDNN has precompiled kernels for this order.
    if (shape_.sum) plus(tensor(kSum, sizes), !shape_.bias);
    if (shape_.bias) plus(tensor(kBias, {1, shape_.out, 1, 1}), true);
  }

  /// Descriptors that need a GPU's handle, or its properties.
  void place(Descriptor& descriptor, cudnnBackendAttributeName_t handle,
             cudnnBackendAttributeName_t properties) {
    if (device_ != nullptr) return descriptor.set(properties, *device_);
    descriptor.set(handle, CUDNN_TYPE_HANDLE, at::native::getCudnnHandle());
  }

  void describe_graph() {
    graph_ = &make(CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR);
    graph_->set(CUDNN_ATTR_OPERATIONGRAPH_OPS, CUDNN_TYPE_BACKEND_DESCRIPTOR,
                static_cast<std::int64_t>(operations_.size()), operations_.data());
    if (device_ == nullptr)
      graph_->set(CUDNN_ATTR_OPERATIONGRAPH_HANDLE, CUDNN_TYPE_HANDLE,
                  at::native::getCudnnHandle());
    graph_->finalize("a convolution's graph");
  }

  /// Kernels that cuDNN recommends, best first; may be empty.
  std::vector<Descriptor*> proposals(cudnnBackendHeurMode_t mode) {
    Descriptor& heuristics = make(CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR);
    heuristics.set(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, *graph_);
    heuristics.set(CUDNN_ATTR_ENGINEHEUR_MODE, CUDNN_TYPE_HEUR_MODE, mode);
    if (device_ != nullptr) heuristics.set(CUDNN_ATTR_ENGINEHEUR_DEVICEPROP, *device_);
    if (!heuristics.can_finalize()) return {};
    std::int64_t count = 0;
    check(cudnnBackendGetAttribute(heuristics.get(), CUDNN_ATTR_ENGINEHEUR_RESULTS,
                                   CUDNN_TYPE_BACKEND_DESCRIPTOR, 0, &count, nullptr),
          "the number of kernels");
    std::vector<Descriptor*> configs;
    std::vector<cudnnBackendDescriptor_t> found;
    for (std::int64_t i = 0; i < count; ++i) {
      configs.push_back(&make(CUDNN_BACKEND_ENGINECFG_DESCRIPTOR));
      found.push_back(configs.back()->get());
    }
    check(cudnnBackendGetAttribute(heuristics.get(), CUDNN_ATTR_ENGINEHEUR_RESULTS,
                                   CUDNN_TYPE_BACKEND_DESCRIPTOR, count, &count, found.data()),
          "kernels");
    configs.resize(static_cast<std::size_t>(count));
    return configs;
  }

  bool make_plan(const Descriptor& config) {
    plan_ = &make(CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR);
    place(*plan_, CUDNN_ATTR_EXECUTION_PLAN_HANDLE, CUDNN_ATTR_EXECUTION_PLAN_DEVICEPROP);
    plan_->set(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, config);
    if (!plan_->can_finalize()) return false;
    std::int64_t count = 0;
    check(cudnnBackendGetAttribute(plan_->get(), CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE,
                                   CUDNN_TYPE_INT64, 1, &count, &workspace_bytes_),
          "the workspace of a plan");
    return true;
  }

  ConvolutionShape shape_;
  std::deque<Descriptor> all_;
  std::vector<cudnnBackendDescriptor_t> operations_;
  Descriptor* device_ = nullptr;  ///< null for the current one
  Descriptor* graph_ = nullptr;
  Descriptor* plan_ = nullptr;
  std::int64_t workspace_bytes_ = 0;
};

}  // namespace

bool can_plan_convolutions() noexcept { return true; }

std::unique_ptr<ConvolutionPlan> plan_convolution(const ConvolutionShape& shape,
                                                  const std::string& device_properties) {
  auto plan = std::make_unique<CudnnPlan>(shape, device_properties);
  if (!plan->choose_kernel()) return nullptr;
  return plan;
}

}  // namespace latentrt::device
