// What a prediction of a linear model may be told.

export interface PredictOptions {
  /** One number a row, added to its linear predictor; default that of the data set, else 0. */
  readonly offset?: ArrayLike<number>;
}

export interface PredictOneOptions {
  /** Added to the linear predictor; default 0. */
  readonly offset?: number;
}
