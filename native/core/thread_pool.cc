#include "core/thread_pool.h"

#include <algorithm>
#include <chrono>

#include "core/signals.h"

TSTORCH_BEGIN

namespace {

thread_local int t_index = 0;
thread_local bool t_parallel = false;

/// How long an idle thread looks for work before it sleeps: waking it again takes the caller several microseconds.
constexpr auto kPatience = std::chrono::milliseconds(5);
/// Looks between two offers of the core to whoever else wants it.
constexpr int kLooks = 64;

constexpr uint64_t Pack(uint32_t epoch, uint64_t first, uint64_t end) { return uint64_t{epoch} << 32 | first << 16 | end; }

/// This thread is at work on parts.
class AtWork {
 public:
  explicit AtWork(int index) {
    t_index = index;
    t_parallel = true;
  }
  ~AtWork() {
    t_index = 0;
    t_parallel = false;
  }
};

/// The end of a claim, also where threads cannot be started.
class Release {
 public:
  explicit Release(std::atomic<bool>& busy) : busy_(busy) {}
  ~Release() { busy_.store(false, std::memory_order_release); }

 private:
  std::atomic<bool>& busy_;
};

}  // namespace

ThreadPool& ThreadPool::Get() {
  static auto* pool = new ThreadPool;  // its threads live as long as the process
  return *pool;
}

bool ThreadPool::InParallel() { return t_parallel; }
int ThreadPool::Index() { return t_index; }

void ThreadPool::Idle(int looks) {
  if (looks % kLooks == 0) return std::this_thread::yield();
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

void ThreadPool::Run(int threads, int64_t n, int64_t step, Part part, const void* work) {
  const int64_t ranges = (n + step - 1) / step;
  threads = static_cast<int>(std::min<int64_t>({threads, ranges, kMost}));
  if (threads <= 1 || t_parallel || busy_.exchange(true, std::memory_order_acquire)) {
    for (int64_t i = 0; i < n; i += step) part(work, i, std::min(i + step, n));
    return;
  }
  const Release release(busy_);
  Share(threads, n, step, part, work);
}

void ThreadPool::RunTogether(int members, Part part, const void* work) {
  for (int looks = 1; busy_.exchange(true, std::memory_order_acquire); ++looks) Idle(looks);
  const Release release(busy_);
  Share(members, members, 1, part, work);
}

void ThreadPool::Share(int threads, int64_t n, int64_t step, Part part, const void* work) {
  const int64_t ranges = (n + step - 1) / step;
  Start(threads);
  n_ = n, step_ = step, part_ = part, work_ = work;
  threads_.store(threads, std::memory_order_relaxed);
  left_.store(ranges, std::memory_order_relaxed);
  const uint32_t epoch = epoch_.load(std::memory_order_relaxed) + 1;
  for (int t = 0; t < threads; ++t)
    shares_[t].state.store(Pack(epoch, ranges * t / threads, ranges * (t + 1) / threads), std::memory_order_release);
  epoch_.store(epoch, std::memory_order_seq_cst);
  epoch_.notify_all();
  {
    const AtWork at_work(0);
    Work(0, epoch);
  }
  for (int looks = 1; left_.load(std::memory_order_acquire) != 0; ++looks) Idle(looks);
}

void ThreadPool::Start(int threads) {
  if (started_ >= threads) return;
  const SignalsWait wait;  // signals are for the threads of the program
  for (; started_ < threads; ++started_) std::thread([this, index = started_] { Serve(index); }).detach();
}

void ThreadPool::Serve(int index) {
  const AtWork at_work(index);
  for (uint32_t seen = 0;;) {
    Wait(seen);
    seen = epoch_.load(std::memory_order_acquire);
    if (index < threads_.load(std::memory_order_relaxed)) Work(index, seen);
  }
}

void ThreadPool::Wait(uint32_t epoch) {
  const auto start = std::chrono::steady_clock::now();
  do {
    for (int looks = 1; looks <= kLooks; ++looks) {
      if (epoch_.load(std::memory_order_relaxed) != epoch) return;
      Idle(looks);
    }
  } while (std::chrono::steady_clock::now() - start < kPatience);
  epoch_.wait(epoch, std::memory_order_acquire);
}

void ThreadPool::Work(int index, uint32_t epoch) {
  const int threads = threads_.load(std::memory_order_relaxed);
  for (int i = 0; i < threads; ++i) {
    Ranges& share = shares_[(index + i) % threads];
    for (int64_t range; Take(share, epoch, i == 0, &range);) Do(range);
  }
}

/// Takes the next range of a share, or, of another's, the last. What is taken keeps the Run from ending.
bool ThreadPool::Take(Ranges& share, uint32_t epoch, bool own, int64_t* range) {
  uint64_t state = share.state.load(std::memory_order_acquire);
  for (;;) {
    const uint64_t first = state >> 16 & 0xffff, end = state & 0xffff;
    if (state >> 32 != epoch || first == end) return false;
    const uint64_t next = own ? Pack(epoch, first + 1, end) : Pack(epoch, first, end - 1);
    if (share.state.compare_exchange_weak(state, next, std::memory_order_acq_rel, std::memory_order_acquire)) {
      *range = static_cast<int64_t>(own ? first : end - 1);
      return true;
    }
  }
}

void ThreadPool::Do(int64_t range) {
  const int64_t begin = range * step_;
  part_(work_, begin, std::min(begin + step_, n_));
  left_.fetch_sub(1, std::memory_order_acq_rel);
}

TSTORCH_END
