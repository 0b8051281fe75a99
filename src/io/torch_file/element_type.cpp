#include "io/torch_file/element_type.hpp"

#include <algorithm>
#include <array>

namespace latentrt::io {
namespace {

constexpr std::array<ElementType, 21> kTypes{{{"F32", 4, "FloatStorage", "float32"},
                                              {"F64", 8, "DoubleStorage", "float64"},
                                              {"F16", 2, "HalfStorage", "float16"},
                                              {"BF16", 2, "BFloat16Storage", "bfloat16"},
                                              {"I64", 8, "LongStorage", "int64"},
                                              {"I32", 4, "IntStorage", "int32"},
                                              {"I16", 2, "ShortStorage", "int16"},
                                              {"I8", 1, "CharStorage", "int8"},
                                              {"U8", 1, "ByteStorage", "uint8"},
                                              {"BOOL", 1, "BoolStorage", "bool"},
                                              {"U16", 2, "", "uint16"},
                                              {"U32", 4, "", "uint32"},
                                              {"U64", 8, "", "uint64"},
                                              {"F8_E4M3", 1, "", "float8_e4m3fn"},
                                              {"F8_E5M2", 1, "", "float8_e5m2"},
                                              {"", 1, "UntypedStorage", ""},
                                              {"", 8, "ComplexFloatStorage", "complex64"},
                                              {"", 16, "ComplexDoubleStorage", "complex128"},
                                              {"", 1, "QInt8Storage", "qint8"},
                                              {"", 1, "QUInt8Storage", "quint8"},
                                              {"", 4, "QInt32Storage", "qint32"}}};

const ElementType* find(std::string_view name, std::string_view ElementType::*field) noexcept {
  const auto found = std::ranges::find(kTypes, name, field);
  return name.empty() || found == kTypes.end() ? nullptr : &*found;
}

}  // namespace

const ElementType* element_type_of_storage(std::string_view class_name) noexcept {
  return find(class_name, &ElementType::storage);
}

const ElementType* element_type_of_dtype(std::string_view dtype) noexcept {
  return find(dtype, &ElementType::dtype);
}

}  // namespace latentrt::io
