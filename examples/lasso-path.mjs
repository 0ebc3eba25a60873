// Choose the strength of a penalty by rows held out: the lasso along its whole path, the best
// point fitted again, and a certificate of how near to the minimum that fit is.

import { LinearRegression, expectFitted, fit, l1, readCsv, regularizationPath } from 'gradus';

const data = await readCsv(new URL('./data/diabetes.csv', import.meta.url), { target: 'target' });
const { train, test } = data.split({ test: 0.25, seed: 0 });
const { train: fitted, test: validation } = train.split({ test: 0.4, seed: 1 });

const path = await regularizationPath(new LinearRegression({ standardize: true }), fitted, { validation });
console.log('strength  columns  loss held out');
for (let i = 0; i < path.strengths.length; i += 10) {
  const cells = [path.strengths[i].toFixed(3), path.nonZeros[i], path.validationLosses[i].toFixed(1)];
  console.log(cells.map((cell, j) => String(cell).padStart([8, 8, 14][j])).join(' '));
}
const { index, strength } = path.best;
console.log(`best: strength ${strength.toFixed(3)}, ${path.nonZeros[index]} of ${data.columns} columns`);

const model = new LinearRegression({ standardize: true, penalty: l1(strength) });
const result = await fit(model, train);
expectFitted(result);
const kept = train.columnNames.filter((_, j) => model.coefficients[j] !== 0);
console.log(`${result.optimizer} keeps ${kept.join(', ')}`);
console.log(`loss ${result.loss.toFixed(3)}, above its minimum by at most ${result.gapBound.toExponential(1)}`);
console.log(`R² of the test rows: ${model.score(test).toFixed(3)}`);
