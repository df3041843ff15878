import { featureNames, type Features, type Fit } from './confidence.ts';

/** Explanations by models of which people said whether they are right. */
export interface Label {
  features: Features;
  right: boolean;
}

/** With fewer, the fixed table says more than a fit. */
export const labelsMin = 50;
/** Pulls each weight towards nothing: with few labels a fit must not be sure. */
const ridge = 1;
const rounds = 500;

const sigmoid = (value: number): number => 1 / (1 + Math.exp(-value));

/**
 * A logistic regression of right on the features, with a ridge penalty, by gradient descent with a step that the curvature bounds.
 * Null with fewer than 50 labels, or where all say the same. Pure.
 */
export function fitConfidence(labels: readonly Label[]): Fit | null {
  const right = labels.filter((label) => label.right).length;
  if (labels.length < labelsMin || right === 0 || right === labels.length) return null;
  const rows = labels.map(({ features }) => [1, ...featureNames.map((name) => features[name])]);
  const weights = [0, ...featureNames.map(() => 0)];
  // A quarter of the largest squared length bounds the curvature of the loss.
  const step = 1 / (0.25 * rows.reduce((sum, row) => sum + row.reduce((squares, x) => squares + x * x, 0), 0) + ridge);
  for (let round = 0; round < rounds; round += 1) {
    const gradient = weights.map((weight, column) => (column === 0 ? 0 : ridge * weight));
    for (const [index, row] of rows.entries()) {
      const error = sigmoid(row.reduce((sum, x, column) => sum + x * (weights[column] ?? 0), 0)) - (labels[index]?.right ? 1 : 0);
      for (const [column, x] of row.entries()) gradient[column] = (gradient[column] ?? 0) + error * x;
    }
    for (const [column, slope] of gradient.entries()) weights[column] = (weights[column] ?? 0) - step * slope;
  }
  const [intercept = 0, ...rest] = weights;
  const byName = Object.fromEntries(featureNames.map((name, index) => [name, rest[index] ?? 0])) as Record<
    keyof Features,
    number
  >;
  return { intercept, weights: byName, labels: labels.length };
}
