// The elementwise part of a step of LSTM and GRU, and its derivative: one pass over memory each. All tensors are dense,
// [rows, blocks · size], size being the hidden size.
#include "core/kernels.h"
#include "core/math.h"
#include "core/parallel.h"

TSTORCH_BEGIN

namespace {

/// Elements per thread: each costs three to five exponentials.
constexpr int64_t kCellGrain = 2048;

template <class F>
void ForEachRow(int64_t rows, int64_t size, F f) {
  ParallelFor(rows, kCellGrain / (size > 0 ? size : 1) + 1, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) f(row);
  });
}

template <class T>
void LstmRow(T* h, T* c_new, T* active, const T* gates, const T* c, int64_t n) {
#pragma GCC ivdep
  for (int64_t j = 0; j < n; ++j) {
    const auto i = Sigmoid(Load(gates[j])), f = Sigmoid(Load(gates[n + j]));
    const auto g = Tanh(Load(gates[2 * n + j])), o = Sigmoid(Load(gates[3 * n + j]));
    const auto cell = f * Load(c[j]) + i * g;
    active[j] = Stored<T>::from(i);
    active[n + j] = Stored<T>::from(f);
    active[2 * n + j] = Stored<T>::from(g);
    active[3 * n + j] = Stored<T>::from(o);
    c_new[j] = Stored<T>::from(cell);
    h[j] = Stored<T>::from(o * Tanh(cell));
  }
}

/// grad_h or grad_c may be absent: zero.
template <class T>
void LstmRowBackward(T* grad_gates, T* grad_c_old, const T* grad_h, const T* grad_c, const T* active, const T* c,
                     const T* c_new, int64_t n) {
  using C = Compute<T>;
#pragma GCC ivdep
  for (int64_t j = 0; j < n; ++j) {
    const C i = Load(active[j]), f = Load(active[n + j]), g = Load(active[2 * n + j]), o = Load(active[3 * n + j]);
    const C dh = grad_h ? Load(grad_h[j]) : C(0);
    const C tanh_c = Tanh(Load(c_new[j]));
    const C dc = (grad_c ? Load(grad_c[j]) : C(0)) + dh * o * (C(1) - tanh_c * tanh_c);
    grad_gates[j] = Stored<T>::from(dc * g * i * (C(1) - i));
    grad_gates[n + j] = Stored<T>::from(dc * Load(c[j]) * f * (C(1) - f));
    grad_gates[2 * n + j] = Stored<T>::from(dc * i * (C(1) - g * g));
    grad_gates[3 * n + j] = Stored<T>::from(dh * tanh_c * o * (C(1) - o));
    grad_c_old[j] = Stored<T>::from(dc * f);
  }
}

template <class T>
void GruRow(T* h_new, T* active, const T* input, const T* state, const T* h, int64_t n) {
#pragma GCC ivdep
  for (int64_t j = 0; j < n; ++j) {
    const auto r = Sigmoid(Load(input[j]) + Load(state[j])), z = Sigmoid(Load(input[n + j]) + Load(state[n + j]));
    const auto s = Load(state[2 * n + j]);
    const auto candidate = Tanh(Load(input[2 * n + j]) + r * s);
    active[j] = Stored<T>::from(r);
    active[n + j] = Stored<T>::from(z);
    active[2 * n + j] = Stored<T>::from(candidate);
    active[3 * n + j] = Stored<T>::from(s);
    h_new[j] = Stored<T>::from(candidate + z * (Load(h[j]) - candidate));
  }
}

template <class T>
void GruRowBackward(T* grad_input, T* grad_state, T* grad_h_old, const T* grad_h, const T* active, const T* h, int64_t n) {
  using C = Compute<T>;
#pragma GCC ivdep
  for (int64_t j = 0; j < n; ++j) {
    const C r = Load(active[j]), z = Load(active[n + j]), candidate = Load(active[2 * n + j]), s = Load(active[3 * n + j]);
    const C dh = Load(grad_h[j]);
    const C dn = dh * (C(1) - z) * (C(1) - candidate * candidate);
    const C dr = dn * s * r * (C(1) - r);
    const C dz = dh * (Load(h[j]) - candidate) * z * (C(1) - z);
    grad_input[j] = grad_state[j] = Stored<T>::from(dr);
    grad_input[n + j] = grad_state[n + j] = Stored<T>::from(dz);
    grad_input[2 * n + j] = Stored<T>::from(dn);
    grad_state[2 * n + j] = Stored<T>::from(dn * r);
    grad_h_old[j] = Stored<T>::from(dh * z);
  }
}

}  // namespace

/// [h, c_new, active (i, f, g, o after their functions), gates (before), c, rows, size].
KERNEL(lstm_cell) {
  const TensorArg h = args.tensor(), c_new = args.tensor(), active = args.tensor();
  const TensorArg gates = args.tensor(), c = args.tensor();
  const int64_t rows = args.integer(), n = args.integer();
  DispatchFloat("lstm_cell", h.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    ForEachRow(rows, n, [&](int64_t r) {
      LstmRow(h.as<T>() + r * n, c_new.as<T>() + r * n, active.as<T>() + r * 4 * n, gates.as<const T>() + r * 4 * n,
              c.as<const T>() + r * n, n);
    });
  });
}

/// [grad_gates, grad_c_old, grad_h or none, grad_c or none, active, c, c_new, rows, size].
KERNEL(lstm_cell_backward) {
  const TensorArg grad_gates = args.tensor(), grad_c_old = args.tensor(), grad_h = args.tensor(), grad_c = args.tensor();
  const TensorArg active = args.tensor(), c = args.tensor(), c_new = args.tensor();
  const int64_t rows = args.integer(), n = args.integer();
  DispatchFloat("lstm_cell_backward", grad_gates.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    ForEachRow(rows, n, [&](int64_t r) {
      LstmRowBackward(grad_gates.as<T>() + r * 4 * n, grad_c_old.as<T>() + r * n,
                      grad_h ? grad_h.as<const T>() + r * n : nullptr, grad_c ? grad_c.as<const T>() + r * n : nullptr,
                      active.as<const T>() + r * 4 * n, c.as<const T>() + r * n, c_new.as<const T>() + r * n, n);
    });
  });
}

/// [h_new, active (r, z, n after their functions, and the last block of state), input, state, h, rows, size].
KERNEL(gru_cell) {
  const TensorArg h_new = args.tensor(), active = args.tensor();
  const TensorArg input = args.tensor(), state = args.tensor(), h = args.tensor();
  const int64_t rows = args.integer(), n = args.integer();
  DispatchFloat("gru_cell", h.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    ForEachRow(rows, n, [&](int64_t r) {
      GruRow(h_new.as<T>() + r * n, active.as<T>() + r * 4 * n, input.as<const T>() + r * 3 * n,
             state.as<const T>() + r * 3 * n, h.as<const T>() + r * n, n);
    });
  });
}

/// [grad_input, grad_state, grad_h_old, grad_h, active, h, rows, size].
KERNEL(gru_cell_backward) {
  const TensorArg grad_input = args.tensor(), grad_state = args.tensor(), grad_h_old = args.tensor();
  const TensorArg grad_h = args.tensor(), active = args.tensor(), h = args.tensor();
  const int64_t rows = args.integer(), n = args.integer();
  DispatchFloat("gru_cell_backward", h.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    ForEachRow(rows, n, [&](int64_t r) {
      GruRowBackward(grad_input.as<T>() + r * 3 * n, grad_state.as<T>() + r * 3 * n, grad_h_old.as<T>() + r * n,
                     grad_h.as<const T>() + r * n, active.as<const T>() + r * 4 * n, h.as<const T>() + r * n, n);
    });
  });
}

TSTORCH_END
