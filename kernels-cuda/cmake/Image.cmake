# SPDX-License-Identifier: Apache-2.0
# How one source becomes one image or one check program.

set(PINYON_NVCC_FLAGS -std=c++17 -O3 -Werror all-warnings "-I${CMAKE_CURRENT_SOURCE_DIR}"
  "-I${CMAKE_CURRENT_SOURCE_DIR}/common")
set(PINYON_KERNEL_FLAGS -lineinfo -Xptxas -warn-spills)
if(PINYON_CUDA_VERBOSE)
  list(APPEND PINYON_KERNEL_FLAGS -Xptxas -v)
endif()

# Compiles for one target into ${output}; headers are found by the compiler.
function(pinyon_compile output source what)
  file(RELATIVE_PATH name "${PROJECT_SOURCE_DIR}" "${source}")
  add_custom_command(
    OUTPUT "${output}"
    COMMAND "${PINYON_NVCC}" ${PINYON_NVCC_FLAGS} ${ARGN} -MD -MF "${output}.d" -MT "${output}" "${source}"
      -o "${output}"
    DEPENDS "${source}" "${CMAKE_CURRENT_BINARY_DIR}/flags.txt"
    DEPFILE "${output}.d"
    COMMENT "${name} for ${what}"
    COMMAND_EXPAND_LISTS
    VERBATIM)
endfunction()

# ${image}.fatbin in the build folder.
function(pinyon_add_image image source)
  set(folder "${CMAKE_CURRENT_BINARY_DIR}/parts")
  file(MAKE_DIRECTORY "${folder}")
  set(parts)
  set(entries)
  foreach(architecture IN LISTS PINYON_CUDA_ARCHITECTURES)
    set(part "${folder}/${image}.sm_${architecture}.cubin")
    pinyon_compile("${part}" "${source}" "sm_${architecture}" ${PINYON_KERNEL_FLAGS} -cubin
      -gencode "arch=compute_${architecture},code=sm_${architecture}")
    list(APPEND parts "${part}")
    list(APPEND entries "--image3=kind=elf,sm=${architecture},file=${part}")
  endforeach()
  if(NOT PINYON_CUDA_PTX STREQUAL "")
    set(part "${folder}/${image}.compute_${PINYON_CUDA_PTX}.ptx")
    pinyon_compile("${part}" "${source}" "compute_${PINYON_CUDA_PTX}" -lineinfo -ptx
      -arch "compute_${PINYON_CUDA_PTX}")
    list(APPEND parts "${part}")
    list(APPEND entries "--image3=kind=ptx,sm=${PINYON_CUDA_PTX},file=${part}")
  endif()

  set(fatbin "${CMAKE_CURRENT_BINARY_DIR}/${image}.fatbin")
  add_custom_command(
    OUTPUT "${fatbin}"
    COMMAND "${PINYON_FATBINARY}" "--create=${fatbin}" -64 --compress-all ${entries}
    DEPENDS ${parts} "${CMAKE_CURRENT_BINARY_DIR}/targets.txt"
    COMMENT "${image}.fatbin"
    VERBATIM)
  add_custom_target("kernels-${image}" ALL DEPENDS "${fatbin}")
endfunction()

# A program that ctest runs; those that need a GPU skip where there is none.
function(pinyon_add_check source)
  get_filename_component(name "${source}" NAME_WE)
  set(program "${CMAKE_CURRENT_BINARY_DIR}/check/${name}")
  file(MAKE_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/check")
  set(targets)
  foreach(architecture IN LISTS PINYON_CUDA_ARCHITECTURES)
    list(APPEND targets -gencode "arch=compute_${architecture},code=sm_${architecture}")
  endforeach()
  pinyon_compile("${program}" "${source}" "ctest" -lineinfo ${targets})
  add_custom_target("check-${name}" ALL DEPENDS "${program}")
  add_test(NAME "${name}" COMMAND "${program}")
  set_tests_properties("${name}" PROPERTIES SKIP_RETURN_CODE 77)
endfunction()
