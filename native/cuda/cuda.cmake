# The CUDA kernels as one shared object, compiled by nvcc directly: CMake's own CUDA support would make every configure
# step fail on a machine with a broken toolkit, and the CPU build must not depend on it.
# Empty: portable code only, which a card compiles for itself when the library is first loaded (and caches). A release
# names the cards it is built for, such as "80;90".
set(CUDA_ARCHITECTURES "" CACHE STRING "Compute capabilities to build machine code for")
set(CUDA_CODE "-gencode=arch=compute_75,code=compute_75")
foreach(arch ${CUDA_ARCHITECTURES})
  list(APPEND CUDA_CODE "-gencode=arch=compute_${arch},code=sm_${arch}")
endforeach()

set(CUDA_FLAGS -std=c++20 -O3 --expt-relaxed-constexpr -DTSTORCH_TARGET=cuda -I${CMAKE_SOURCE_DIR}/native
    -Xcompiler=-fPIC,-fopenmp,-fvisibility=hidden,-fno-gnu-unique -diag-suppress=20012,186)
file(GLOB CUDA_HEADERS CONFIGURE_DEPENDS native/cuda/*.h native/core/*.h native/core/rows/*.h)
set(CUDA_OBJECTS "")
foreach(source ${CUDA_SOURCES})
  get_filename_component(name ${source} NAME_WE)
  set(object ${CMAKE_BINARY_DIR}/cuda/${name}.o)
  add_custom_command(OUTPUT ${object}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/cuda
    COMMAND ${NVCC} ${CUDA_FLAGS} ${CUDA_CODE} -c ${source} -o ${object}
    DEPENDS ${source} ${CUDA_HEADERS} VERBATIM COMMENT "Compiling ${name}.cu")
  list(APPEND CUDA_OBJECTS ${object})
endforeach()
set(CUDA_LIBRARY_OBJECT ${CMAKE_BINARY_DIR}/cuda/library.o)
add_custom_command(OUTPUT ${CUDA_LIBRARY_OBJECT}
  COMMAND ${NVCC} ${CUDA_FLAGS} -x cu -c ${CMAKE_SOURCE_DIR}/native/core/library.cc -o ${CUDA_LIBRARY_OBJECT}
  DEPENDS native/core/library.cc ${CUDA_HEADERS} ${CUDA_OBJECTS} VERBATIM)
add_custom_command(OUTPUT ${OUTPUT}/tstorch_cuda.so
  COMMAND ${CMAKE_COMMAND} -E make_directory ${OUTPUT}
  COMMAND ${NVCC} -shared -cudart static -o ${OUTPUT}/tstorch_cuda.so ${CUDA_OBJECTS} ${CUDA_LIBRARY_OBJECT} -lgomp
  DEPENDS ${CUDA_OBJECTS} ${CUDA_LIBRARY_OBJECT} VERBATIM COMMENT "Linking tstorch_cuda.so")
# Not part of `all`: a failing CUDA build leaves the CPU kernels usable.
add_custom_target(tstorch_cuda DEPENDS ${OUTPUT}/tstorch_cuda.so)
