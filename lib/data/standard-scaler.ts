// Columns to mean 0 and standard deviation 1. For a model, `standardize: true`
// does the same without a second copy of X and reports coefficients on the
// user's scale; this class is for people who want the transformed data.

import { expectedBut, GradusError } from '../errors.js';
import { allocateDoubles, defaultKernels, threadCount } from '../kernels/select.js';
import { checkLength } from '../options.js';
import { checkDataset } from './check-dataset.js';
import type { Dataset } from './dataset.js';

/** 1 / standard deviation; 1 where a column is constant. */
export function scalesOf(variance: Float64Array, mean: Float64Array): Float64Array {
  return variance.map((v, j) => {
    const rounding = 2 ** -50 * Math.abs(mean[j] as number);
    return Math.sqrt(v) > rounding ? 1 / Math.sqrt(v) : 1;
  });
}

export class StandardScaler {
  #mean: Float64Array | undefined;
  #scale: Float64Array | undefined;

  /** Column means, in units of the column. */
  get mean(): Float64Array {
    return this.#fitted(this.#mean);
  }

  /** What centred columns are multiplied by: 1 / population standard deviation (weighted), 1 for constant columns. */
  get scale(): Float64Array {
    return this.#fitted(this.#scale);
  }

  /** Reads means and deviations of a data set. @throws ERR_GRADUS_VALUE when they are not finite. */
  fit(data: Dataset): this {
    checkDataset(data, '`data`');
    const given = data.weights;
    const weights = given && allocateDoubles(given.length);
    if (given) weights?.data.set(given);
    const moments = defaultKernels().moments({ ...data.rowsSpec(), weights }, threadCount());
    moments.compute().run();
    moments.variance.forEach((variance, j) => {
      if (!Number.isFinite(variance)) {
        const name = data.columnNames[j] as string;
        throw expectedBut('ERR_GRADUS_VALUE', `column '${name}'`, 'of finite mean and variance', `${variance}`);
      }
    });
    this.#mean = moments.mean.slice();
    this.#scale = scalesOf(moments.variance, moments.mean);
    moments.dispose();
    return this;
  }

  /** A new data set of (x − mean) · scale; target, weights and names are kept. */
  transform(data: Dataset): Dataset {
    return this.#map(data, (x, mean, scale) => (x - mean) * scale);
  }

  /** Undoes `transform`. */
  inverseTransform(data: Dataset): Dataset {
    return this.#map(data, (x, mean, scale) => x / scale + mean);
  }

  fitTransform(data: Dataset): Dataset {
    return this.fit(data).transform(data);
  }

  #map(data: Dataset, f: (x: number, mean: number, scale: number) => number): Dataset {
    const { mean, scale } = this;
    checkDataset(data, '`data`');
    checkLength(data.columns, mean.length, 'the data', 'columns wide, as in fit');
    const x = data.x;
    const out = new Float64Array(x.length);
    for (let i = 0; i < x.length; i += 1) {
      const j = i % mean.length;
      out[i] = f(x[i] as number, mean[j] as number, scale[j] as number);
    }
    return data.withValues(out);
  }

  #fitted(values: Float64Array | undefined): Float64Array {
    if (values === undefined) {
      throw new GradusError('ERR_GRADUS_NOT_FITTED', 'Expected the scaler to be fitted, but got one before fit(data)');
    }
    return values;
  }
}
