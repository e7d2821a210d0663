# OnnxProto::OnnxProto: ONNX's message classes and its checker (libonnx-dev, libprotobuf-dev), which
# come without a CMake package of their own. Used here and, installed, by TinyTorchConfig.cmake.
find_path(ONNX_INCLUDE onnx/checker.h)
find_library(ONNX_LIBRARY onnx)
find_library(ONNX_PROTO_LIBRARY onnx_proto)
find_path(PROTOBUF_INCLUDE google/protobuf/message.h)
find_library(PROTOBUF_LIBRARY protobuf)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(OnnxProto
  REQUIRED_VARS ONNX_LIBRARY ONNX_PROTO_LIBRARY PROTOBUF_LIBRARY ONNX_INCLUDE PROTOBUF_INCLUDE)

if(OnnxProto_FOUND AND NOT TARGET OnnxProto::OnnxProto)
  add_library(OnnxProto::OnnxProto INTERFACE IMPORTED GLOBAL)
  target_link_libraries(OnnxProto::OnnxProto INTERFACE
    "${ONNX_LIBRARY}" "${ONNX_PROTO_LIBRARY}" "${PROTOBUF_LIBRARY}")
  target_include_directories(OnnxProto::OnnxProto INTERFACE "${ONNX_INCLUDE}" "${PROTOBUF_INCLUDE}")
  target_compile_definitions(OnnxProto::OnnxProto INTERFACE ONNX_NAMESPACE=onnx ONNX_ML=1)
endif()
