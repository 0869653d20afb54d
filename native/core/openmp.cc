// The functions of GNU OpenMP that oneDNN and OpenBLAS call, over our pool. A kernel library is searched before the
// libraries that it depends on, so theirs find these instead of libgomp's. With two pools each would keep cores busy
// while the other has work, and a member of libgomp's team waits for every other, however late it comes.
//
// A region of n members is a Run of n ranges of one member each: a member whose thread does not come is run by one that
// has finished its own. One that waits for the others, at a barrier, finds them begun: none of the threads sleeps before
// all members are taken.
#include <algorithm>
#include <atomic>

#include "core/thread_pool.h"

using tstorch::GetHost;
using tstorch::ThreadPool;

namespace {

/// The barrier of a region.
struct Team {
  explicit Team(int size) : members(size) {}
  const int members;
  std::atomic<int> arrived{0}, passed{0};

  void Wait() {
    const int round = passed.load(std::memory_order_acquire);
    if (arrived.fetch_add(1, std::memory_order_acq_rel) + 1 == members) {
      arrived.store(0, std::memory_order_relaxed);
      passed.fetch_add(1, std::memory_order_acq_rel);
      return;
    }
    for (int looks = 1; passed.load(std::memory_order_acquire) == round; ++looks) ThreadPool::Idle(looks);
  }
};

struct Region {
  void (*run)(void*);
  void* data;
  Team team;
};

thread_local Team* t_team = nullptr;
thread_local int t_member = 0;
thread_local int t_limit = 0;  // of omp_set_num_threads; 0: none

int Limit() { return std::min(t_limit > 0 ? t_limit : GetHost().threads(), ThreadPool::kMost); }

void RunMember(const void* work, int64_t member, int64_t) {
  const auto* region = static_cast<const Region*>(work);
  t_team = const_cast<Team*>(&region->team);
  t_member = static_cast<int>(member);
  region->run(region->data);
  t_team = nullptr;
  t_member = 0;
}

}  // namespace

#define EXPORT extern "C" __attribute__((visibility("default")))

EXPORT void GOMP_parallel(void (*run)(void*), void* data, unsigned threads, unsigned) {
  const int wanted = threads > 0 ? std::min(static_cast<int>(threads), ThreadPool::kMost) : Limit();
  if (wanted == 1 || ThreadPool::InParallel()) {  // a region of one, which may stand in another
    Team* const team = t_team;
    const int member = t_member;
    Team own(1);
    t_team = &own;
    t_member = 0;
    run(data);
    t_team = team;
    t_member = member;
    return;
  }
  const Region region{run, data, Team(wanted)};
  ThreadPool::Get().RunTogether(wanted, RunMember, &region);
}
EXPORT void GOMP_barrier() {
  if (t_team != nullptr) t_team->Wait();
}
EXPORT int omp_get_max_threads() { return ThreadPool::InParallel() ? 1 : Limit(); }
EXPORT int omp_get_num_threads() { return t_team != nullptr ? t_team->members : 1; }
EXPORT int omp_get_thread_num() { return t_member; }
EXPORT int omp_in_parallel() { return ThreadPool::InParallel(); }
EXPORT int omp_get_num_places() { return 0; }
EXPORT void omp_set_num_threads(int threads) { t_limit = threads; }
