// The sums and steps of an interior point method that go over the terms of Σ upperᵢ·rᵢ⁺ + lowerᵢ·rᵢ⁻, term by term, on
// arrays as long as the terms. With u, v the parts of the residuals, s, t the slacks of the dual variables d (s = upper − d,
// t = lower + d) and r the true residuals, Newton's step towards us = μ, vt = μ is
//   w = 1 / (u/s + v/t),  g = r − μ/s + μ/t,  (ZᵀwZ + Λ) δ = Zᵀ(wg + d) − Λβ,
//   δd = w(g − Zδ),  δu = (μ − us + uδd)/s,  δv = (μ − vt − vδd)/t
// (Portnoy and Koenker 1997, section 4, solved for the residuals too). The corrector has μ + δuδd and μ − δvδd of the step
// before in place of μ.

import type { InteriorVariables } from '../optimizers/solver.js';

/** What a pass over terms adds up. */
export interface StepSums {
  primalStep: number;
  dualStep: number;
  /** Of the complementarity along steps a and b: constant, times a, times b, times ab. */
  readonly product: Float64Array;
}

export class InteriorTerms {
  /** Bounds −lower ≤ d ≤ upper of the dual variables. */
  readonly upper: Float64Array;
  readonly lower: Float64Array;
  readonly targets: Float64Array;
  readonly residuals: Float64Array;
  /** w. */
  readonly weights: Float64Array;
  /** What Zᵀ is multiplied by. */
  readonly factors: Float64Array;
  readonly #du: Float64Array;
  readonly #dv: Float64Array;
  readonly #dd: Float64Array;
  /** δuδd and −δvδd of the predictor, where this is a corrector. */
  readonly #correctionU: Float64Array;
  readonly #correctionV: Float64Array;

  constructor(count: number) {
    const numbers = (): Float64Array => new Float64Array(count);
    this.upper = numbers();
    this.lower = numbers();
    this.targets = numbers();
    this.residuals = numbers();
    this.weights = numbers();
    this.factors = numbers();
    this.#du = numbers();
    this.#dv = numbers();
    this.#dd = numbers();
    this.#correctionU = numbers();
    this.#correctionV = numbers();
  }

  get count(): number {
    return this.targets.length;
  }

  /** Variables with both parts of every residual at least `least`, and d = 0. */
  begin(variables: InteriorVariables, least: number, first: number, last: number): void {
    const { positive, negative, above, below } = variables;
    for (let i = first; i < last; i += 1) {
      const r = this.residuals[i] as number;
      positive[i] = Math.max(r, 0) + least;
      negative[i] = Math.max(-r, 0) + least;
      above[i] = this.upper[i] as number;
      below[i] = this.lower[i] as number;
    }
  }

  /** residuals = targets − predictors, from the term `first` on. */
  subtract(predictors: Float64Array, first: number): void {
    for (let k = 0; k < predictors.length; k += 1) {
      this.residuals[first + k] = (this.targets[first + k] as number) - (predictors[k] as number);
    }
  }

  /** [Σ upper·r⁺ + lower·r⁻, Σ r⁺s + r⁻t, Σ us + vt] over terms. Factors become −d. */
  measure(variables: InteriorVariables, sums: Float64Array, first: number, last: number): void {
    const { positive, negative, above, below } = variables;
    let [loss, gap, product] = sums as unknown as [number, number, number];
    for (let i = first; i < last; i += 1) {
      const r = this.residuals[i] as number;
      const s = above[i] as number;
      const t = below[i] as number;
      loss += this.loss(i);
      gap += r > 0 ? r * s : -r * t;
      product += (positive[i] as number) * s + (negative[i] as number) * t;
      this.factors[i] = -this.dual(variables, i);
    }
    sums.set([loss, gap, product]);
  }

  /** Of term i. */
  loss(i: number): number {
    const r = this.residuals[i] as number;
    return r > 0 ? r * (this.upper[i] as number) : -r * (this.lower[i] as number);
  }

  /** d, from the slack that lost no digits. */
  dual({ above, below }: InteriorVariables, i: number): number {
    const s = above[i] as number;
    const t = below[i] as number;
    return s < t ? (this.upper[i] as number) - s : t - (this.lower[i] as number);
  }

  /** Weights and factors −(wg + d) of the predictor. */
  predict(variables: InteriorVariables, first: number, last: number): void {
    const { positive, negative, above, below } = variables;
    for (let i = first; i < last; i += 1) {
      const quotient = (positive[i] as number) / (above[i] as number) + (negative[i] as number) / (below[i] as number);
      const w = 1 / quotient;
      this.weights[i] = w;
      this.factors[i] = -w * (this.residuals[i] as number) - this.dual(variables, i);
      this.#correctionU[i] = 0;
      this.#correctionV[i] = 0;
    }
  }

  /** Factors of the corrector towards μ = `target`. */
  correct(variables: InteriorVariables, target: number, first: number, last: number): void {
    for (let i = first; i < last; i += 1) {
      const dd = this.#dd[i] as number;
      this.#correctionU[i] = (this.#du[i] as number) * dd;
      this.#correctionV[i] = -(this.#dv[i] as number) * dd;
      const w = this.weights[i] as number;
      this.factors[i] = -w * this.#aim(variables, target, i) - this.dual(variables, i);
    }
  }

  /** The steps of all variables, from Zδ of the terms from `first` on; adds up what they allow. */
  step(variables: InteriorVariables, target: number, predictors: Float64Array, first: number, sums: StepSums): void {
    const { positive, negative, above, below } = variables;
    let { primalStep, dualStep } = sums;
    let [constant, a, b, both] = sums.product as unknown as [number, number, number, number];
    for (let k = 0; k < predictors.length; k += 1) {
      const i = first + k;
      const u = positive[i] as number;
      const v = negative[i] as number;
      const s = above[i] as number;
      const t = below[i] as number;
      const dd = (this.weights[i] as number) * (this.#aim(variables, target, i) - (predictors[k] as number));
      const du = (target + (this.#correctionU[i] as number) + u * dd) / s - u;
      const dv = (target + (this.#correctionV[i] as number) - v * dd) / t - v;
      this.#dd[i] = dd;
      this.#du[i] = du;
      this.#dv[i] = dv;
      if (-du * primalStep > u) primalStep = -u / du;
      if (-dv * primalStep > v) primalStep = -v / dv;
      if (dd * dualStep > s) dualStep = s / dd;
      if (-dd * dualStep > t) dualStep = -t / dd;
      constant += u * s + v * t;
      a += du * s + dv * t;
      b += dd * (v - u);
      both += dd * (dv - du);
    }
    sums.primalStep = primalStep;
    sums.dualStep = dualStep;
    sums.product.set([constant, a, b, both]);
  }

  /** Takes the steps. */
  move(variables: InteriorVariables, primalStep: number, dualStep: number, first: number, last: number): void {
    const { positive, negative, above, below } = variables;
    for (let i = first; i < last; i += 1) {
      const dd = dualStep * (this.#dd[i] as number);
      positive[i] = (positive[i] as number) + primalStep * (this.#du[i] as number);
      negative[i] = (negative[i] as number) + primalStep * (this.#dv[i] as number);
      above[i] = (above[i] as number) - dd;
      below[i] = (below[i] as number) + dd;
    }
  }

  /** g of term i. */
  #aim({ above, below }: InteriorVariables, target: number, i: number): number {
    const u = (target + (this.#correctionU[i] as number)) / (above[i] as number);
    const v = (target + (this.#correctionV[i] as number)) / (below[i] as number);
    return (this.residuals[i] as number) - u + v;
  }
}
