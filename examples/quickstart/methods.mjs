// The names of the five classic methods in the order of the report: the same words, and so
// the same colours and numbers, in both acts that compare them. The rates are those of each
// act, because a rate belongs to a method on certain data.

export const methods = {
  descent: { name: 'Gradient descent', chinese: '梯度下降法', formula: 'θ ← θ − η ∇J(θ)' },
  stochastic: { name: 'Stochastic (one row)', chinese: '随机梯度下降法', formula: 'θ ← θ − η ∇Jᵢ(θ)' },
  decaying: { name: 'Decaying rate', chinese: '动态学习率', formula: 'η(t) = η₀ r^(t/T); θ ← θ − η(t) ∇J(θ)' },
  adaptive: { name: 'Adaptive (AdaGrad)', chinese: '自适应学习率', formula: 's ← s + g²; θ ← θ − η g / (√s + ε)' },
  second: { name: 'Second order (Newton)', chinese: '第二阶差分法', formula: 'θ ← θ − H⁻¹ ∇J(θ)' },
};
