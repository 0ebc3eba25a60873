// The same types from a file that is an ES module whatever its folder says.

import * as gradus from 'gradus';

export async function slope(points: ReadonlyArray<{ readonly x: number; readonly y: number }>): Promise<number> {
  const model = new gradus.LinearRegression();
  const options: gradus.FitOptions = { optimizer: new gradus.Newton() };
  const data = gradus.Dataset.fromRecords(points, { target: 'y' });
  const result: gradus.FitResult = await gradus.fit(model, data, options);
  return result.converged ? model.predictOne({ x: 1 }) - model.predictOne({ x: 0 }) : Number.NaN;
}
