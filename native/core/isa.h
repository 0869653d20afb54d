#pragma once
// Code that is compiled more than once, for several instruction sets or for the GPU, lives in an inline namespace named
// after its target, so that no two versions of one function share a symbol. Every target is its own shared object,
// loaded only on a machine that can run it.
#ifndef TSTORCH_TARGET
#define TSTORCH_TARGET host
#endif

// A function of single elements: compiled for the GPU as well, and on the CPU always part of the loop around it, which
// GCC could not vectorise otherwise (in a large file it stops inlining).
#ifdef __CUDACC__
#define HOST_DEVICE __host__ __device__
#else
#define HOST_DEVICE __attribute__((always_inline))
#endif

#define TSTORCH_BEGIN namespace tstorch { inline namespace TSTORCH_TARGET {
#define TSTORCH_END } }
