// Reading and writing where a mask holds. One pass counts per block of the mask, so that every block knows where its
// elements go; a second one moves them, blocks shared by the threads. A block's mask is read 64 elements at a time.
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "core/dtype.h"
#include "core/kernels.h"
#include "core/parallel.h"

TSTORCH_BEGIN

namespace {

/// Bit i is whether mask[i] holds, for n <= 64 elements.
uint64_t MaskBits(const uint8_t* mask, int64_t n) {
  if (n == 64) {
#if defined(__AVX512BW__)
    const __m512i bytes = _mm512_loadu_si512(mask);
    return _mm512_test_epi8_mask(bytes, bytes);
#elif defined(__AVX2__)
    const __m256i zero = _mm256_setzero_si256();
    const auto bits = [&](const uint8_t* at) {
      const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
      return ~static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, zero)));
    };
    return bits(mask) | static_cast<uint64_t>(bits(mask + 32)) << 32;
#endif
  }
  uint64_t bits = 0;
  for (int64_t i = 0; i < n; ++i) bits |= static_cast<uint64_t>(mask[i] != 0) << i;
  return bits;
}

/// Calls f(first, bits) for groups of up to 64 elements of [begin, end).
template <class F>
void EachGroup(const uint8_t* mask, int64_t begin, int64_t end, F f) {
  for (int64_t i = begin; i < end; i += 64) f(i, MaskBits(mask + i, end - i < 64 ? end - i : 64));
}

/// Appends x[i] for the bits i to out; returns the end of out.
template <class T>
T* Compress(T* out, const T* x, uint64_t bits) {
#if defined(__AVX512F__)
  if constexpr (sizeof(T) == 4) {
    for (; bits != 0; bits >>= 16, x += 16) {
      const auto keep = static_cast<__mmask16>(bits);
      const int n = __builtin_popcount(keep);
      const __m512i values = _mm512_maskz_compress_epi32(keep, _mm512_maskz_loadu_epi32(keep, x));
      _mm512_mask_storeu_epi32(out, static_cast<__mmask16>((1u << n) - 1), values);
      out += n;
    }
    return out;
  }
#endif
  for (; bits != 0; bits &= bits - 1) *out++ = x[__builtin_ctzll(bits)];
  return out;
}

/// Appends the positions first + i for the bits i to out.
int64_t* Positions(int64_t* out, int64_t first, uint64_t bits) {
#if defined(__AVX512F__)
  __m512i at = _mm512_add_epi64(_mm512_set1_epi64(first), _mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7));
  for (; bits != 0; bits >>= 8, at = _mm512_add_epi64(at, _mm512_set1_epi64(8))) {
    const auto keep = static_cast<__mmask8>(bits);
    const int n = __builtin_popcount(keep);
    _mm512_mask_storeu_epi64(out, static_cast<__mmask8>((1u << n) - 1), _mm512_maskz_compress_epi64(keep, at));
    out += n;
  }
  return out;
#else
  for (; bits != 0; bits &= bits - 1) *out++ = first + __builtin_ctzll(bits);
  return out;
#endif
}

/// A dense mask in blocks, and where the elements of each block go.
struct Blocks {
  const uint8_t* mask;
  const int64_t* offsets;
  int64_t n, size;

  explicit Blocks(Args& args) {
    mask = args.pointer<const uint8_t>();
    offsets = args.pointer<const int64_t>();
    n = args.integer();
    size = args.integer();
  }
  /// f(first element, last, how many elements hold before them)
  template <class F>
  void each(F f) const {
    ParallelFor((n + size - 1) / size, kGrain / size + 1, [&](int64_t begin, int64_t end) {
      for (int64_t b = begin; b < end; ++b) f(b * size, b * size + size < n ? b * size + size : n, offsets[b]);
    });
  }
};

/// The indices along every dim of the elements that hold, from `begin` on: `rank` numbers each.
void WriteIndices(int64_t* out, const Blocks& blocks, int64_t begin, int64_t end, int rank, const int64_t* sizes) {
  const int inner = rank - 1;
  int64_t index[kMaxDims];
  int64_t row = begin - begin % sizes[inner];  // the first element of the current run of the innermost dim
  for (int64_t d = inner - 1, rest = begin / sizes[inner]; d >= 0; --d) {
    index[d] = rest % sizes[d];
    rest /= sizes[d];
  }
  EachGroup(blocks.mask, begin, end, [&](int64_t first, uint64_t bits) {
    for (; bits != 0; bits &= bits - 1) {
      const int64_t at = first + __builtin_ctzll(bits);
      for (; at >= row + sizes[inner]; row += sizes[inner]) {
        for (int d = inner - 1; d >= 0; --d) {
          if (++index[d] < sizes[d]) break;
          index[d] = 0;
        }
      }
      for (int d = 0; d < inner; ++d) out[d] = index[d];
      out[inner] = at - row;
      out += rank;
    }
  });
}

}  // namespace

/// [out, mask, n, block size]: out[b] is how many elements hold before block b; the last entry is the total.
KERNEL(mask_offsets) {
  int64_t* out = args.pointer<int64_t>();
  const uint8_t* mask = args.pointer<const uint8_t>();
  const int64_t n = args.integer(), size = args.integer();
  const int64_t blocks = (n + size - 1) / size;
  ParallelFor(blocks, kGrain / size + 1, [&](int64_t begin, int64_t end) {
    for (int64_t b = begin; b < end; ++b) {
      int64_t count = 0;
      EachGroup(mask, b * size, b * size + size < n ? b * size + size : n,
                [&](int64_t, uint64_t bits) { count += __builtin_popcountll(bits); });
      out[b] = count;
    }
  });
  int64_t total = 0;
  for (int64_t b = 0; b <= blocks; ++b) {
    const int64_t count = b < blocks ? out[b] : 0;
    out[b] = total;
    total += count;
  }
}

/// [out, x, dtype, blocks]: out = the elements of x, dense, where the mask holds.
KERNEL(masked_select) {
  char* out = args.pointer<char>();
  const char* x = args.pointer<const char>();
  const DType dtype = args.dtype();
  const Blocks blocks(args);
  DispatchSize("masked_select", dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    blocks.each([&](int64_t begin, int64_t end, int64_t before) {
      T* to = reinterpret_cast<T*>(out) + before;
      const T* from = reinterpret_cast<const T*>(x);
      EachGroup(blocks.mask, begin, end, [&](int64_t first, uint64_t bits) { to = Compress(to, from + first, bits); });
    });
  });
}

/// [out, self or 0, source, dtype, blocks], all dense: out takes the next element of source where the mask holds, and
/// the element of self, or zero, elsewhere.
KERNEL(masked_scatter) {
  char* out = args.pointer<char>();
  const char* self = args.pointer<const char>();
  const char* source = args.pointer<const char>();
  const DType dtype = args.dtype();
  const Blocks blocks(args);
  DispatchSize("masked_scatter", dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    T* to = reinterpret_cast<T*>(out);
    const T* kept = reinterpret_cast<const T*>(self);
    blocks.each([&](int64_t begin, int64_t end, int64_t before) {
      const T* next = reinterpret_cast<const T*>(source) + before;
      const auto bytes = static_cast<size_t>(end - begin) * sizeof(T);
      if (kept == nullptr)
        memset(static_cast<void*>(to + begin), 0, bytes);
      else if (kept != to)
        memcpy(static_cast<void*>(to + begin), kept + begin, bytes);
      EachGroup(blocks.mask, begin, end, [&](int64_t first, uint64_t bits) {
        for (; bits != 0; bits &= bits - 1) to[first + __builtin_ctzll(bits)] = *next++;
      });
    });
  });
}

/// [out, blocks, rank, sizes of the mask]: one row of indices per element that holds.
KERNEL(nonzero) {
  int64_t* out = args.pointer<int64_t>();
  const Blocks blocks(args);
  const int rank = static_cast<int>(args.integer());
  int64_t sizes[kMaxDims];
  for (int d = 0; d < rank; ++d) sizes[d] = args.integer();
  blocks.each([&](int64_t begin, int64_t end, int64_t before) {
    if (rank == 1) {
      int64_t* to = out + before;
      EachGroup(blocks.mask, begin, end, [&](int64_t first, uint64_t bits) { to = Positions(to, first, bits); });
    } else if (rank > 1) {
      WriteIndices(out + before * rank, blocks, begin, end, rank, sizes);
    }
  });
}

TSTORCH_END
