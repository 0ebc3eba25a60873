// The public names, and nothing else.

export { type CsvSource, type ReadCsvOptions, type ReadCsvProgress, readCsv } from './data/csv.js';
export {
  Dataset,
  type AllocateOptions,
  type DatasetOptions,
  type RecordsOptions,
  type SplitOptions,
} from './data/dataset.js';
export type { MatrixInput } from './data/matrix-input.js';
export { StandardScaler } from './data/standard-scaler.js';
export { GradusError, type GradusErrorCode } from './errors.js';
export type { KernelSetName } from './kernels/kernels.js';
export { type KernelsInfo, kernels, setThreads } from './kernels/select.js';
export { type Family, type FamilyName, negativeBinomial, tweedie } from './losses/family.js';
export type { LinkName } from './losses/link.js';
export { huber, type Loss, type LossFunction, quantile, type QuantileLoss, squared } from './losses/loss.js';
export { elasticNet, l1, l2, type Penalty, type PenaltyFactors, type PenaltyOptions } from './losses/penalty.js';
export {
  accuracy,
  type ClassScoreOptions,
  type ConfusionMatrix,
  type ConfusionMatrixOptions,
  confusionMatrix,
  f1Score,
  precision,
  recall,
} from './metrics/classification.js';
export {
  explainedDeviance,
  gammaDeviance,
  poissonDeviance,
  type TweedieDevianceOptions,
  tweedieDeviance,
} from './metrics/deviance.js';
export type { BinaryOptions, Label } from './metrics/labels.js';
export {
  brierScore,
  type CalibrationCurve,
  type CalibrationOptions,
  calibrationCurve,
  logLoss,
  type ProbabilityOptions,
} from './metrics/probability.js';
export {
  averagePrecision,
  type CurveOptions,
  type PrecisionRecallCurve,
  precisionRecallCurve,
  type RocCurve,
  rocAuc,
  rocCurve,
} from './metrics/ranking.js';
export {
  meanAbsoluteError,
  meanSquaredError,
  type PinballLossOptions,
  pinballLoss,
  rootMeanSquaredError,
  rSquared,
} from './metrics/regression.js';
export type { MetricOptions } from './metrics/weighted.js';
export { GeneralizedLinearModel, type GeneralizedLinearModelOptions } from './models/generalized-linear-model.js';
export { LinearRegression, type LinearRegressionOptions } from './models/linear-regression.js';
export type { LinearModelOptions } from './models/linear-model.js';
export type { PredictOneOptions, PredictOptions } from './models/predict-options.js';
export { LinearSVM } from './models/linear-svm.js';
export type { ClassWeights } from './models/class-weights.js';
export type { Predicted } from './models/classes.js';
export { LogisticRegression, type LogisticRegressionOptions } from './models/logistic-regression.js';
export { loadModel, type SavedModel } from './models/load-model.js';
export type { NonNegative } from './models/non-negative.js';
export type { Model } from './models/objective.js';
export { PoissonRegression } from './models/poisson-regression.js';
export { SoftmaxRegression, type SoftmaxRegressionOptions } from './models/softmax-regression.js';
export type {
  ClassCoefficient,
  CoefficientSummary,
  GeneralizedSummary,
  Interval,
  LinearSummary,
  ModelSummary,
  RatioSummary,
  SoftmaxSummary,
} from './models/summary/model-summary.js';
export type { CovarianceKind, SummaryOptions } from './models/summary/summary-options.js';
export { AdaDelta, type AdaDeltaOptions } from './optimizers/adadelta.js';
export { AdaGrad, type AdaGradOptions } from './optimizers/adagrad.js';
export { Adam, type AdamOptions, AdamW, type AdamWOptions } from './optimizers/adam.js';
export { Lion, type LionOptions } from './optimizers/lion.js';
export { RMSProp, type RMSPropOptions } from './optimizers/rmsprop.js';
export { BFGS } from './optimizers/bfgs.js';
export { ConjugateGradient } from './optimizers/conjugate-gradient.js';
export { CoordinateDescent } from './optimizers/coordinate-descent.js';
export { GaussNewton } from './optimizers/gauss-newton.js';
export { GradientDescent, type GradientDescentOptions } from './optimizers/gradient-descent.js';
export { InteriorPoint } from './optimizers/interior-point.js';
export { LBFGS, type LBFGSOptions } from './optimizers/lbfgs.js';
export { LBFGSB, type LBFGSBOptions } from './optimizers/lbfgsb.js';
export { LevenbergMarquardt, type LevenbergMarquardtOptions } from './optimizers/levenberg-marquardt.js';
export { NelderMead, type NelderMeadOptions } from './optimizers/nelder-mead.js';
export { OWLQN, type OWLQNOptions } from './optimizers/owlqn.js';
export { ProximalGradient, type ProximalGradientOptions } from './optimizers/proximal-gradient.js';
export { TrustRegion, type TrustRegionOptions } from './optimizers/trust-region.js';
export { Newton } from './optimizers/newton.js';
export type { Rule } from './optimizers/rule.js';
export { SGD, type SGDOptions } from './optimizers/sgd.js';
export type { LinearSolver, Solver } from './optimizers/solver.js';
export {
  type CosineOptions,
  constant,
  cosineDecay,
  type DecayOptions,
  exponentialDecay,
  inverseTimeDecay,
  type OneCycleOptions,
  oneCycle,
  type Schedule,
  stepDecay,
  type WarmupOptions,
  warmup,
} from './schedules/schedule.js';
export type { CheckpointOptions } from './training/checkpoint.js';
export {
  type CheckGradientOptions,
  checkGradient,
  type GradientCheck,
  type WrongDerivative,
} from './training/check-gradient.js';
export { type FitOptions, fit, fitSync } from './training/fit.js';
export type { Problem, ResidualProblem } from './training/function-objective.js';
export {
  type LeastSquaresOptions,
  type LeastSquaresResult,
  leastSquares,
  leastSquaresSync,
} from './training/least-squares.js';
export {
  type BoundsInput,
  type MinimizeOptions,
  type MinimizeResult,
  minimize,
  minimizeSync,
  type RunControl,
} from './training/minimize.js';
export type { IterationRecord } from './training/minimize-run.js';
export { type Online, type OnlineOptions, type OnlineRestoreOptions, online } from './training/online.js';
export type { OnlineLearner, OnlineState } from './training/online-learner.js';
export {
  type ColumnImportance,
  type ImportanceMetric,
  type PermutationImportance,
  type PermutationImportanceOptions,
  permutationImportance,
  type ScoredModel,
} from './training/permutation-importance.js';
export type { EarlyStopping } from './training/progress.js';
export {
  type RegularizationPath,
  type RegularizationPathOptions,
  regularizationPath,
  regularizationPathSync,
} from './training/regularization-path.js';
export { type EpochRecord, expectFitted, type FitResult } from './training/result.js';
