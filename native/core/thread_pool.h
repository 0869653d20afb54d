#pragma once
// The threads that share a kernel's work. The caller works too and never waits for a thread that has not begun: whoever
// is late finds nothing left to do. On a busy machine, where the system may take a core away for milliseconds, a part
// that OpenMP has given to the thread of that core holds up everyone; here the others take it.
#include <atomic>
#include <cstdint>
#include <thread>

#include "core/isa.h"
#include "core/kernels.h"

TSTORCH_BEGIN

class ThreadPool {
 public:
  using Part = void (*)(const void* work, int64_t begin, int64_t end);
  static constexpr int kMost = 256;  // threads

  static ThreadPool& Get();
  /// Whether this thread is at work on a part: it shares it with nobody.
  static bool InParallel();
  /// Which of the threads of a Run this is, from 0 (also where there is only one).
  static int Index();

  /// Calls part(work, begin, end) for the ranges [0, step), [step, 2·step), ... of [0, n), with up to `threads` threads.
  void Run(int threads, int64_t n, int64_t step, Part part, const void* work);
  /// Calls part(work, i, i + 1) for the `members` i, at most kMost, which may wait for each other. Not from within a part.
  void RunTogether(int members, Part part, const void* work);
  /// What a thread does between two looks at what it waits for; `looks` counts them.
  static void Idle(int looks);

 private:
  /// The ranges that a thread begins with, and others take from its end: those of one Run, numbered `epoch`.
  struct alignas(64) Ranges {
    std::atomic<uint64_t> state{0};  // epoch, first, end: 32, 16 and 16 bits
  };

  void Share(int threads, int64_t n, int64_t step, Part part, const void* work);
  void Start(int threads);
  void Wait(uint32_t epoch);
  void Serve(int index);
  void Work(int index, uint32_t epoch);
  bool Take(Ranges& share, uint32_t epoch, bool own, int64_t* range);
  void Do(int64_t range);

  std::atomic<bool> busy_{false};
  std::atomic<uint32_t> epoch_{0};
  alignas(64) std::atomic<int64_t> left_{0};  // ranges that are not done
  std::atomic<int> threads_{0};
  int64_t n_ = 0, step_ = 0;
  Part part_ = nullptr;
  const void* work_ = nullptr;
  int started_ = 1;  // the caller is one
  Ranges shares_[kMost];
};

TSTORCH_END
