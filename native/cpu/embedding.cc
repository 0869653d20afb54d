// Tables of vectors looked up by index.
#include <cmath>

#include "core/dtype.h"
#include "cpu/index_rows.h"
#include "cpu/row_lists.h"

TSTORCH_BEGIN

/// [rows]: v = weight[indices].
KERNEL(embedding) {
  const Rows r = ReadRows(args);
  Scratch<int64_t> offsets(r.count);
  BlockOffsets("embedding", r, false, "IndexError", offsets.get());
  DispatchSize("embedding", r.dtype, [&](auto type) { TakeRows<typename decltype(type)::type>(r, offsets.get()); });
}

/// [out (rows, length), grad, indices, places, padding or -1, scale by frequency], all dense: out[r] = sum of grad[k] over
/// indices[k] = r, 0 for the row `padding`. The indices were checked by the forward kernel.
KERNEL(embedding_backward) {
  const TensorArg out = args.tensor();
  const void* grad = args.pointer<const void>();
  const int64_t* indices = args.pointer<const int64_t>();
  const int64_t places = args.integer(), padding = args.integer();
  const bool average = args.flag();
  RowLists lists(out.sizes[0], places);
  for (int64_t k = places - 1; k >= 0; --k)
    if (indices[k] != padding) lists.add(indices[k], k);
  DispatchFloat("embedding_backward", out.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    SumByRow(out.as<T>(), static_cast<const T*>(grad), out.sizes[0], out.sizes[1], lists, average);
  });
}

/// [weight, indices, places, max_norm, p]: every row of the weight that an index names and whose p-norm exceeds max_norm
/// is scaled down to it, once.
KERNEL(embedding_renorm) {
  const TensorArg weight = args.tensor();
  const int64_t* indices = args.pointer<const int64_t>();
  const int64_t places = args.integer();
  const double max_norm = args.number(), p = args.number();
  const int64_t rows = weight.sizes[0], length = weight.sizes[1];
  Scratch<bool> done(rows);
  memset(done.get(), 0, static_cast<size_t>(rows));
  const Bounds bounds{rows, false};
  for (int64_t k = 0; k < places; ++k)
    if (!bounds.contains(indices[k])) ThrowBadIndex("embedding", indices[k], 0, rows, "IndexError");
  DispatchFloat("embedding_renorm", weight.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    for (int64_t k = 0; k < places; ++k) {
      if (done[indices[k]]) continue;
      done[indices[k]] = true;
      T* row = weight.as<T>() + indices[k] * weight.strides[0];
      double norm = 0;
      for (int64_t i = 0; i < length; ++i) {
        const double size = std::fabs(static_cast<double>(Load(row[i * weight.strides[1]])));
        norm = std::isinf(p) ? std::fmax(norm, size) : norm + std::pow(size, p);
      }
      if (!std::isinf(p)) norm = std::pow(norm, 1 / p);
      if (!(norm > max_norm)) continue;
      const auto scale = static_cast<Compute<T>>(max_norm / (norm + 1e-7));
      for (int64_t i = 0; i < length; ++i) {
        T& value = row[i * weight.strides[1]];
        value = Stored<T>::from(Load(value) * scale);
      }
    }
  });
}

TSTORCH_END
