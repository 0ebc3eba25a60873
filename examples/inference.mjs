// Explain a model: which columns go with the answer, by how much, and how sure that is. The
// diabetes study, with the target split at 200: does a patient's disease progress fast?

import { Dataset, LogisticRegression, expectFitted, fit, readCsv } from 'gradus';

const study = await readCsv(new URL('./data/diabetes.csv', import.meta.url), { target: 'target' });
const fast = Array.from(study.y, (progression) => (progression > 200 ? 'yes' : 'no'));
const data = Dataset.from(study.x, fast, { columns: study.columns, names: study.columnNames });

// Class 1, whose probability is modelled, is the later name in order: 'yes'.
const model = new LogisticRegression();
expectFitted(await fit(model, data));
const summary = model.summary(data);
console.log(String(summary));

// The numbers of the table are data. An odds ratio of 1.1: 10 % more odds of 'yes' for one unit more.
const clear = summary.coefficients.filter(({ name, pValue }) => name !== 'intercept' && pValue < 0.01);
for (const { name, oddsRatio } of clear) {
  const [from, to] = oddsRatio.confidenceInterval.map((bound) => bound.toFixed(3));
  console.log(`${name}: odds ratio ${oddsRatio.estimate.toFixed(3)}, from ${from} to ${to} (95 %)`);
}

// Errors that hold where the model is not quite true.
const robust = model.summary(data, { covariance: 'HC3' });
const bmi = ({ coefficients }) => coefficients.find(({ name }) => name === 'bmi').standardError.toFixed(4);
console.log(`standard error of bmi: ${bmi(summary)}, robust (HC3): ${bmi(robust)}`);
