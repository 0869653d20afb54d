#pragma once
// oneDNN's products of small float matrices keep a pointer to their own memory in the stack pointer (2.6; seen in signal
// frames), so that the handler of a signal that comes in the middle writes its frame over the heap: V8's profiler sends
// such signals, terminals do when they are resized, children when they end.
#include <pthread.h>
#include <signal.h>

#include "core/isa.h"

TSTORCH_BEGIN

/// Signals to this thread wait for the end of the scope (0.3 us). Threads that are started in it never take any.
class SignalsWait {
 public:
  SignalsWait() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsWait() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsWait(const SignalsWait&) = delete;
  SignalsWait& operator=(const SignalsWait&) = delete;

 private:
  sigset_t before_;
};

TSTORCH_END
