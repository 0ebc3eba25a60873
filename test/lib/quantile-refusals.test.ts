// Who is refused with quantile loss, by name and in words.

import {
  Adam,
  Dataset,
  fitSync,
  InteriorPoint,
  LBFGS,
  LinearRegression,
  LogisticRegression,
  l1,
  minimizeSync,
  Newton,
  OWLQN,
  online,
  quantile,
  regularizationPathSync,
  SGD,
} from 'gradus';
import { expect, test } from 'vitest';

const data = Dataset.from([[1], [2], [4], [7], [8]], [0, 1, 1, 0, 1]);

test('wrong quantiles and optimizers are refused', () => {
  for (const tau of [0, 1, -0.1, 1.5, Number.NaN, '0.5']) {
    expect(() => quantile(tau as number)).toThrow(
      /`tau` to be a finite number, above 0 and below 1|positive and below 1/,
    );
  }
  const model = new LinearRegression({ loss: quantile(0.5), penalty: l1(0.1) });
  for (const optimizer of [new LBFGS(), new Newton(), new OWLQN()]) {
    expect(() => fitSync(model, data, { optimizer })).toThrow(/`optimizer` to be InteriorPoint, which alone/);
  }
  for (const optimizer of [new SGD(), new Adam()]) {
    expect(() => fitSync(model, data, { optimizer })).toThrow(/`optimizer`.*such as InteriorPoint/);
  }
  const optimizer = new InteriorPoint();
  expect(() => fitSync(new LogisticRegression(), data, { optimizer })).toThrow(/`optimizer`.*InteriorPoint/);
  expect(() => minimizeSync((p) => (p[0] as number) ** 2, [1], { optimizer })).toThrow(/`optimizer`.*InteriorPoint/);
  expect(() => new InteriorPoint({ memory: 3 } as never)).toThrow(/absent/);
  expect(() => online(new LinearRegression({ loss: quantile(0.5) }), { optimizer: new SGD() })).toThrow(/smooth loss/);
  expect(() => new LinearRegression({ loss: quantile(0.5), nonNegative: true })).toThrow(/`nonNegative`.*quantile/);
  expect(() => regularizationPathSync(new LinearRegression({ loss: quantile(0.5) }), data)).toThrow(
    /`model` to be one with a smooth loss/,
  );
  const bare = new LinearRegression({ loss: quantile(0.5) });
  fitSync(bare, data);
  expect(() => bare.summary(data)).toThrow(/squared/);
});
