// `npm run bench`: the first argument chooses the benchmark, the others are its flags.

const benchmarks = {
  // Native against portable, NumPy and the limit of the machine, through the public `fit`.
  fit: './run.mjs',
  // The models beside scikit-learn and statsmodels.
  models: './models.mjs',
  limits: './limits.mjs',
  sweep: './sweep.mjs',
  scaling: './scaling.mjs',
  solvers: './solvers.mjs',
  'solver-speed': './solver-speed.mjs',
  'solver-logistic': './solver-logistic.mjs',
  'solver-picture': './solver-picture.mjs',
};

const [name = 'fit'] = process.argv.slice(2);
const known = Object.hasOwn(benchmarks, name);
if (known) process.argv.splice(2, 1);
if (known || name.startsWith('-')) {
  await import(benchmarks[known ? name : 'fit']);
} else {
  console.error(`gradus: expected the benchmark to be ${Object.keys(benchmarks).join(', ')}, but got ${name}`);
  process.exit(2);
}
