// The same types from CommonJS, which may `require` an ES module from Node 20.19 and TypeScript 5.8 on.

import gradus = require('gradus');

const { Dataset, LinearRegression, fitSync } = gradus;

export = function intercept(x: number[][], y: number[]): number {
  const model = new LinearRegression();
  const result: gradus.FitResult = fitSync(model, Dataset.from(x, y), { optimizer: new gradus.Newton() });
  return gradus.expectFitted(result).converged ? model.intercept : Number.NaN;
};
