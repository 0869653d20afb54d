// Dropout: the mask is drawn and applied in one pass.
#include "core/kernels.h"
#include "core/pointwise.h"
#include "cpu/random.h"

TSTORCH_BEGIN

namespace {

/// 1 / keep as the dtype holds it.
template <class T>
Compute<T> ScaleFor(double keep) {
  const auto rounded = [](Compute<T> x) { return Load(Stored<T>::from(x)); };
  return keep > 0 ? rounded(1 / rounded(static_cast<Compute<T>>(keep))) : 0;
}

/// x · scale where the mask holds, else x · 0: NaN and ±∞ give NaN. The mask is read as bytes: GCC does not vectorize
/// loads of bool.
template <class T>
T Masked(T x, uint8_t mask, Compute<T> scale) {
  return Stored<T>::from(Load(x) * (mask != 0 ? scale : Compute<T>(0)));
}

}  // namespace

/// [target, mask, x, keep]: all dense and in the same order
KERNEL(dropout) {
  const Target target(args);
  uint8_t* mask = args.pointer<uint8_t>();
  const void* input = args.pointer<void>();
  const double keep = args.number();
  const uint64_t bound = BernoulliBound(keep);
  DispatchFloat("dropout", target.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    const T* x = static_cast<const T*>(input);
    T* out = static_cast<T*>(target.data);
    const Compute<T> scale = ScaleFor<T>(keep);
    Draw<2>(*target.generator, target.count, [=](const uint32_t* words, int64_t at, int64_t n) {
      for (int64_t i = 0; i < n; ++i) mask[at + i] = Bits53(words[2 * i], words[2 * i + 1]) < bound;
      for (int64_t i = 0; i < n; ++i) out[at + i] = Masked(x[at + i], mask[at + i], scale);
    });
  });
}

/// [out, x, mask; keep]: dropout with a given mask, elementwise
KERNEL(masked_scale) {
  const auto p = ReadPointwise<3>(args);
  const double keep = args.number();
  DispatchFloat("masked_scale", p.operands[0].dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    const Compute<T> scale = ScaleFor<T>(keep);
    ForEachRun<3>(p, {sizeof(T), sizeof(T), sizeof(uint8_t)}, [&](char** at, const int64_t* s, int64_t n) {
      T* out = reinterpret_cast<T*>(at[0]);
      const T* x = reinterpret_cast<const T*>(at[1]);
      const uint8_t* mask = reinterpret_cast<const uint8_t*>(at[2]);
      if (s[0] == 1 && s[1] == 1 && s[2] == 1) {
        for (int64_t i = 0; i < n; ++i) out[i] = Masked(x[i], mask[i], scale);
      } else {
        for (int64_t i = 0; i < n; ++i) out[i * s[0]] = Masked(x[i * s[1]], mask[i * s[2]], scale);
      }
    });
  });
}

TSTORCH_END
