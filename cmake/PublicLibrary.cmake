# The library as other projects use it, from an installed prefix or by add_subdirectory():
#   TinyTorch::tinytorch   everything but ONNX, in one archive: the objects of `composed`, so that a
#                          user links one file whose parts may refer to each other
#   TinyTorch::onnx        ONNX export, where libonnx-dev is
# A user compiles headers with any flags: nothing of ours (-march=native, warnings, mold) goes on to
# them but C++20.

# Every header that `found` starts with or reaches, relative to the project. Headers of detail/
# folders that no public header includes stay out.
function(tinytorch_headers_reached result)
  set(found ${ARGN})
  set(waiting ${ARGN})
  while(waiting)
    list(POP_FRONT waiting header)
    file(STRINGS "${PROJECT_SOURCE_DIR}/${header}" lines REGEX "^#include \"tinytorch/")
    foreach(line IN LISTS lines)
      string(REGEX REPLACE "^#include \"(.*)\".*" "\\1" included "${line}")
      if(NOT included IN_LIST found)
        list(APPEND found "${included}")
        list(APPEND waiting "${included}")
      endif()
    endforeach()
  endwhile()
  set(${result} "${found}" PARENT_SCOPE)
endfunction()

# `target` as TinyTorch::`name`, archived in lib/ as lib`file`.a from the objects of the libraries
# that follow.
function(tinytorch_add_public target name file)
  set(objects "")
  foreach(library IN LISTS ARGN)
    list(APPEND objects "$<TARGET_OBJECTS:${library}>")
  endforeach()
  add_library(${target} STATIC ${objects})
  add_library(TinyTorch::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES
    LINKER_LANGUAGE CXX EXPORT_NAME ${name} OUTPUT_NAME ${file}
    ARCHIVE_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib")
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_include_directories(${target} PUBLIC
    "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>" "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
endfunction()

# Its archive, its part of the CMake package and its file for pkg-config.
function(tinytorch_install target name file)
  install(TARGETS ${target} EXPORT TinyTorch_${name}
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT tinytorch)
  install(EXPORT TinyTorch_${name} NAMESPACE TinyTorch:: FILE TinyTorch-${name}.cmake
    DESTINATION "${CMAKE_INSTALL_LIBDIR}/cmake/TinyTorch" COMPONENT tinytorch)
  # Where the prefix lies as seen from the file itself: it may be installed anywhere.
  file(RELATIVE_PATH to_prefix "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
  configure_file("${PROJECT_SOURCE_DIR}/cmake/${file}.pc.in" "${PROJECT_BINARY_DIR}/lib/${file}.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/lib/${file}.pc"
    DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig" COMPONENT tinytorch)
endfunction()

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

tinytorch_add_public(tinytorch tinytorch tinytorch given ${COURSE_COMPOSED})
target_link_libraries(tinytorch PUBLIC ZLIB::ZLIB Threads::Threads)
if(TARGET tinytorch_onnx)
  tinytorch_add_public(tinytorch_onnx_public onnx tinytorch_onnx tinytorch_onnx)
  target_link_libraries(tinytorch_onnx_public PUBLIC tinytorch PRIVATE OnnxProto::OnnxProto)
endif()
if(NOT TINYTORCH_INSTALL)
  return()
endif()

tinytorch_install(tinytorch tinytorch tinytorch)
set(headers tinytorch/tinytorch.h)
if(TARGET tinytorch_onnx)
  tinytorch_install(tinytorch_onnx_public onnx tinytorch_onnx)
  file(GLOB onnx_headers RELATIVE "${PROJECT_SOURCE_DIR}" "${PROJECT_SOURCE_DIR}/tinytorch/onnx/*.h")
  list(APPEND headers ${onnx_headers})
  install(FILES "${PROJECT_SOURCE_DIR}/cmake/FindOnnxProto.cmake"
    DESTINATION "${CMAKE_INSTALL_LIBDIR}/cmake/TinyTorch" COMPONENT tinytorch)
endif()

tinytorch_headers_reached(headers ${headers})
foreach(header IN LISTS headers)
  cmake_path(GET header PARENT_PATH folder)
  install(FILES "${PROJECT_SOURCE_DIR}/${header}"
    DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/${folder}" COMPONENT tinytorch)
endforeach()

configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/TinyTorchConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/lib/TinyTorchConfig.cmake"
  INSTALL_DESTINATION "${CMAKE_INSTALL_LIBDIR}/cmake/TinyTorch" NO_SET_AND_CHECK_MACRO)
# Until 1.0 a new minor version may change what a user calls.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/lib/TinyTorchConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/lib/TinyTorchConfig.cmake"
  "${PROJECT_BINARY_DIR}/lib/TinyTorchConfigVersion.cmake"
  DESTINATION "${CMAKE_INSTALL_LIBDIR}/cmake/TinyTorch" COMPONENT tinytorch)
