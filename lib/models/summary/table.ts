// A summary as text of fixed width: facts, coefficients, warnings.

import type { CoefficientSummary, GeneralizedSummary, LinearSummary, ModelSummary } from './model-summary.js';

const digits = 5;

export function summaryTable(summary: ModelSummary): string {
  const { model, family, link, coefficients, warnings } = summary;
  const title = `${model}: ${family} family, ${link} link`;
  const notes = warnings.flatMap((warning) => wrapped(warning));
  const parts = [title, facts(summary), coefficientRows(summary, coefficients), ...notes];
  return parts.join('\n');
}

function facts(summary: ModelSummary): string {
  const left: [string, string][] = [
    ['observations', plain(summary.observations)],
    ['degrees of freedom', plain(summary.degreesOfFreedom)],
    ['log-likelihood', plain(summary.logLikelihood)],
    ['AIC', plain(summary.aic)],
    ['BIC', plain(summary.bic)],
  ];
  const right = own(summary as LinearSummary | GeneralizedSummary);
  const widths = [0, 1].map((column) => Math.max(...left.map((cells) => (cells[column] as string).length)));
  const inner = [0, 1].map((column) => Math.max(...right.map((cells) => (cells[column] as string).length)));
  const lines = left.map(([name, value], i) => {
    const [otherName = '', otherValue = ''] = right[i] ?? [];
    const first = `${name.padEnd(widths[0] as number)}  ${value.padStart(widths[1] as number)}`;
    return `${first}    ${otherName.padEnd(inner[0] as number)}  ${otherValue.padStart(inner[1] as number)}`.trimEnd();
  });
  return lines.join('\n');
}

function own(summary: LinearSummary | GeneralizedSummary): [string, string][] {
  if ('rSquared' in summary) {
    const { value, pValue, degreesOfFreedom } = summary.fStatistic;
    return [
      ['residual deviation', plain(summary.residualStandardDeviation)],
      ['R²', plain(summary.rSquared)],
      ['adjusted R²', plain(summary.adjustedRSquared)],
      [`F(${degreesOfFreedom.map((freedom) => plain(freedom)).join(', ')})`, plain(value)],
      ['P(> F)', probability(pValue)],
    ];
  }
  return [
    ['deviance', plain(summary.deviance)],
    ['null deviance', plain(summary.nullDeviance)],
    ["Pearson's χ²", plain(summary.pearsonChiSquared)],
    [`dispersion (${summary.dispersionMethod})`, plain(summary.dispersion)],
    ["McFadden's R²", plain(summary.pseudoRSquared.mcFadden)],
  ];
}

function coefficientRows(summary: ModelSummary, coefficients: readonly CoefficientSummary[]): string {
  const { test, covariance, confidence } = summary;
  const errors = covariance === 'model' ? 'std. error' : `${covariance} error`;
  const share = `${Number((100 * confidence).toPrecision(6))} %`;
  const ratio = coefficients.some((c) => c.oddsRatio) ? 'odds ratio' : 'rate ratio';
  const withRatio = coefficients.some((c) => c.oddsRatio ?? c.rateRatio);
  const head = ['', 'estimate', errors, test, `P(>|${test}|)`, `${share} from`, 'to', ...(withRatio ? [ratio] : [])];
  const body = coefficients.map((c) => [
    labelOf(c),
    plain(c.estimate),
    plain(c.standardError),
    c.statistic.toFixed(3),
    probability(c.pValue),
    ...c.confidenceInterval.map(plain),
    ...(withRatio ? [plain((c.oddsRatio ?? c.rateRatio)?.estimate ?? Number.NaN)] : []),
  ]);
  const table = [head, ...body];
  const widths = head.map((_, column) => Math.max(...table.map((row) => (row[column] as string).length)));
  const lines = table.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] as number) : cell.padStart(widths[column] as number),
      )
      .join('  '),
  );
  const rule = '─'.repeat((lines[0] as string).length);
  return [rule, lines[0], rule, ...lines.slice(1), rule].join('\n');
}

/** The column, of several classes with the class before it. */
function labelOf(coefficient: CoefficientSummary): string {
  const { name } = coefficient;
  const short = name.length > 24 ? `${name.slice(0, 23)}…` : name;
  return 'class' in coefficient ? `${coefficient.class}: ${short}` : short;
}

/** Five figures; whole numbers as they are. */
function plain(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e9) return String(value);
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size >= 1e-4 && size < 1e7) return size >= 10 ** (digits - 1) ? value.toFixed(1) : value.toPrecision(digits);
  return value.toExponential(digits - 2);
}

function probability(p: number): string {
  return p >= 1e-4 ? p.toFixed(4) : plain(p);
}

/** A warning in lines of at most 100 characters. */
function wrapped(warning: string): string[] {
  const lines = [''];
  for (const word of `! ${warning}`.split(' ')) {
    const last = lines.at(-1) as string;
    if (last !== '' && last.length + word.length + 1 > 100) lines.push(`  ${word}`);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines;
}
