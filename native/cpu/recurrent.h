#pragma once
// A step of RNN, LSTM and GRU for one row, after the products: in place, so that the products can be summed up where the
// functions of the gates are kept for backward. All runs are of n elements, n being the hidden size.
#include "core/dtype.h"
#include "core/math.h"

TSTORCH_BEGIN

/// active: the sums for i, f, g, o become their functions.
template <class T>
void LstmRow(T* h, T* c_new, T* active, const T* c, int64_t n) {
#pragma GCC ivdep
  for (int64_t j = 0; j < n; ++j) {
    const auto i = Sigmoid(Load(active[j])), f = Sigmoid(Load(active[n + j]));
    const auto g = Tanh(Load(active[2 * n + j])), o = Sigmoid(Load(active[3 * n + j]));
    const auto cell = f * Load(c[j]) + i * g;
    active[j] = Stored<T>::from(i);
    active[n + j] = Stored<T>::from(f);
    active[2 * n + j] = Stored<T>::from(g);
    active[3 * n + j] = Stored<T>::from(o);
    c_new[j] = Stored<T>::from(cell);
    h[j] = Stored<T>::from(o * Tanh(cell));
  }
}

/// From the gradients of h and c (absent: zero) to those of the sums and of the old c, which may be grad_c itself.
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

/// active: the sums for r, z, the state's part s of the candidate and the input's part become r, z, s and the candidate.
template <class T>
void GruRow(T* h_new, T* active, const T* h, int64_t n) {
#pragma GCC ivdep
  for (int64_t j = 0; j < n; ++j) {
    const auto r = Sigmoid(Load(active[j])), z = Sigmoid(Load(active[n + j]));
    const auto candidate = Tanh(Load(active[3 * n + j]) + r * Load(active[2 * n + j]));
    active[j] = Stored<T>::from(r);
    active[n + j] = Stored<T>::from(z);
    active[3 * n + j] = Stored<T>::from(candidate);
    h_new[j] = Stored<T>::from(candidate + z * (Load(h[j]) - candidate));
  }
}

/// From the gradient of h to those of the four sums, and of the old h as far as it does not go through the sums; this
/// may be grad_h itself.
template <class T>
void GruRowBackward(T* grad_sums, T* grad_h_old, const T* grad_h, const T* active, const T* h, int64_t n) {
  using C = Compute<T>;
#pragma GCC ivdep
  for (int64_t j = 0; j < n; ++j) {
    const C r = Load(active[j]), z = Load(active[n + j]), s = Load(active[2 * n + j]), candidate = Load(active[3 * n + j]);
    const C dh = Load(grad_h[j]);
    const C dn = dh * (C(1) - z) * (C(1) - candidate * candidate);
    grad_sums[j] = Stored<T>::from(dn * s * r * (C(1) - r));
    grad_sums[n + j] = Stored<T>::from(dh * (Load(h[j]) - candidate) * z * (C(1) - z));
    grad_sums[2 * n + j] = Stored<T>::from(dn * r);
    grad_sums[3 * n + j] = Stored<T>::from(dn);
    grad_h_old[j] = Stored<T>::from(dh * z);
  }
}

TSTORCH_END
