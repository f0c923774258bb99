# SPDX-License-Identifier: Apache-2.0
# Finds nvcc and fatbinary, and refuses architectures that this nvcc does not know.

find_program(PINYON_NVCC nvcc HINTS ENV CUDA_PATH ENV CUDA_HOME PATHS /usr/local/cuda PATH_SUFFIXES bin)
if(NOT PINYON_NVCC)
  message(FATAL_ERROR "nvcc was not found; install the CUDA toolkit, or name it with -DPINYON_NVCC=")
endif()

# nvcc may be a link or a script, so it is asked where the rest of its toolkit lies
execute_process(COMMAND "${PINYON_NVCC}" --dryrun -E -x cu - ERROR_VARIABLE dry_run OUTPUT_QUIET INPUT_FILE /dev/null)
string(REGEX MATCH "_HERE_=([^\r\n]+)" _ "${dry_run}")
find_program(PINYON_FATBINARY fatbinary HINTS "${CMAKE_MATCH_1}" REQUIRED)

execute_process(COMMAND "${PINYON_NVCC}" --list-gpu-code OUTPUT_VARIABLE known COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "sm_[0-9]+[a-z]?" known "${known}")

set(PINYON_CUDA_PTX "")
foreach(architecture IN LISTS PINYON_CUDA_ARCHITECTURES)
  if(NOT architecture MATCHES "^[0-9]+[af]?$")
    message(FATAL_ERROR "PINYON_CUDA_ARCHITECTURES: ${architecture} is not a compute capability such as 80 or 90a")
  endif()
  string(REGEX REPLACE "[af]$" "" plain "${architecture}")
  if(NOT "sm_${plain}" IN_LIST known)
    message(FATAL_ERROR "${PINYON_NVCC} cannot compile for sm_${architecture}; "
      "install a CUDA toolkit that can, or choose others with -DPINYON_CUDA_ARCHITECTURES=")
  endif()
  # PTX of an architecture with a letter runs nowhere else
  if(plain STREQUAL architecture AND (PINYON_CUDA_PTX STREQUAL "" OR architecture LESS PINYON_CUDA_PTX))
    set(PINYON_CUDA_PTX "${architecture}")
  endif()
endforeach()
