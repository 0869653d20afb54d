// Indexing by integer arrays: reading rows, writing rows, adding rows. The shape of the work: cpu/index_rows.h.
#include "core/dtype.h"
#include "cpu/copy.h"
#include "cpu/index_rows.h"
#include "cpu/row_lists.h"

TSTORCH_BEGIN

namespace {

/// [rows]: v = x[indices].
void Take(const char* op, Args& args, bool from_end) {
  const Rows r = ReadRows(args);
  Scratch<int64_t> offsets(r.count);
  BlockOffsets(op, r, from_end, "IndexError", offsets.get());
  DispatchSize(op, r.dtype, [&](auto type) { TakeRows<typename decltype(type)::type>(r, offsets.get()); });
}

template <class T>
void AssignRows(const Rows& r, const int64_t* offsets) {
  PutRows<T>(r, offsets, [](T* x, int64_t sx, const T* v, int64_t sv, int64_t n) {
    if (sx == 1 && sv == 1) {
      memcpy(static_cast<void*>(x), v, static_cast<size_t>(n) * sizeof(T));
    } else {
      for (int64_t i = 0; i < n; ++i) x[i * sx] = v[i * sv];
    }
  });
}

template <class T>
void AddRows(const Rows& r, const int64_t* offsets, double alpha) {
  const auto factor = static_cast<Compute<T>>(alpha);
  PutRows<T>(r, offsets, [=](T* x, int64_t sx, const T* v, int64_t sv, int64_t n) {
    if (sx == 1 && sv == 1) {
      for (int64_t i = 0; i < n; ++i) x[i] = Stored<T>::from(static_cast<Compute<T>>(Load(x[i]) + Load(v[i]) * factor));
    } else {
      for (int64_t i = 0; i < n; ++i) {
        T& target = x[i * sx];
        target = Stored<T>::from(static_cast<Compute<T>>(Load(target) + Load(v[i * sv]) * factor));
      }
    }
  });
}

/// [out, self, accumulate, alpha, rows]: out = self with v written at (or alpha v added to) out[indices].
void Put(const char* op, Args& args, bool from_end) {
  const TensorArg out = args.tensor(), self = args.tensor();
  const bool accumulate = args.flag();
  const double alpha = args.number();
  const Rows r = ReadRows(args);
  Scratch<int64_t> offsets(r.count);
  BlockOffsets(op, r, from_end, "IndexError", offsets.get());
  if (out.data != self.data) CopyTensor(out, self);
  if (accumulate)
    DispatchAll(op, r.dtype, [&](auto type) { AddRows<typename decltype(type)::type>(r, offsets.get(), alpha); });
  else
    DispatchSize(op, r.dtype, [&](auto type) { AssignRows<typename decltype(type)::type>(r, offsets.get()); });
}

/// Whether the result is an array of dense rows that one array of indices names, and rows are not few.
bool IsTableOfRows(const Rows& r, int64_t numel) {
  if (r.befores != 1 || r.arrays != 1 || r.row.ndim != 1 || r.length == 0) return false;
  const IndexArray& a = r.array[0];
  const bool dense = r.row.operands[0].strides[0] == 1 && r.row.operands[1].strides[0] == 1;
  return dense && a.stride == r.length && a.size * a.stride == numel && a.size >= r.count / 8;
}

}  // namespace

KERNEL(index) { Take("index", args, true); }
KERNEL(index_select) { Take("index_select", args, false); }
KERNEL(take) { Take("take", args, true); }

KERNEL(index_put) { Put("index_put", args, true); }
KERNEL(index_add) { Put("index_add", args, false); }
KERNEL(index_copy) { Put("index_copy", args, false); }
KERNEL(index_fill) { Put("index_fill", args, true); }

/// [out, rows]: out, dense, becomes zero but for out[indices] += v: the gradient of reading x[indices].
KERNEL(index_backward) {
  const TensorArg out = args.tensor();
  const Rows r = ReadRows(args);
  Scratch<int64_t> offsets(r.count);
  BlockOffsets("index_backward", r, true, "IndexError", offsets.get());
  const int64_t numel = out.numel();
  DispatchAll("index_backward", r.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    if constexpr (std::is_same_v<T, float> || std::is_same_v<T, double>) {
      if (IsTableOfRows(r, numel)) {
        RowLists lists(r.array[0].size, r.count);
        for (int64_t k = r.count - 1; k >= 0; --k) lists.add(offsets[k] / r.length, k);
        SumByRow(out.as<T>(), reinterpret_cast<const T*>(r.v), r.array[0].size, r.length, lists, false);
        return;
      }
    }
    ZeroBytes(out.data, numel * static_cast<int64_t>(sizeof(T)));
    AddRows<T>(r, offsets.get(), 1);
  });
}

TSTORCH_END
