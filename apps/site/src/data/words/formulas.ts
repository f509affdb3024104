import temml from 'temml'

/** What a method computes: in TeX, and in words. */
export interface Formula {
  readonly tex: string
  readonly words: string
}

// Letters: blocks l of L, heads h, attention A after softmax, its scores S before it, tokens or activations x with channels k,
// the class's score y and probability p, relevance R, a mask m, the image I and a baseline I_0.
const grad = String.raw`\frac{\partial y}{\partial A^{(l,h)}}`
const pos = (inner: string) => String.raw`\left[${inner}\right]_+`
const rollout = (layer: string) =>
  String.raw`M = \Big[\hat A^{(L)}\cdots\hat A^{(1)}\Big]_{\mathrm{cls}},\qquad \hat A^{(l)} = ${layer}`
const cam = (weight: string) => String.raw`M = ${pos(String.raw`\sum_k \alpha_k\, x_k`)},\qquad \alpha_k = ${weight}`
const linear = String.raw`f(z) \approx \phi_0 + \sum_i \phi_i z_i,\qquad M_i = \phi_i`
const path = String.raw`M = (I - I_0)\odot \int_0^1 \nabla y\big(I_0 + t\,(I - I_0)\big)\,dt`

/** By the method's id. */
export const formulas: Readonly<Record<string, Formula>> = {
  'ablation-cam': {
    tex: cam(String.raw`\frac{y - y_{\setminus k}}{y}`),
    words: 'Channels weighted by the share of the class score that is lost when the channel is ablated in all tokens.',
  },
  agcam: {
    tex: String.raw`M = \sum_l\sum_h ${pos(String.raw`\frac{\partial y}{\partial A^{(l,h)}_{\mathrm{cls}}}`)} \odot \sigma\big(S^{(l,h)}_{\mathrm{cls}}\big)`,
    words:
      "The positive gradient of the class score with respect to the class token's attention, weighted by the sigmoid of its attention scores, summed over heads and blocks.",
  },
  attcat: {
    tex: String.raw`M_i = \sum_l \bar A^{(l)}_{\mathrm{cls},i}\sum_k \frac{\partial y}{\partial x^{(l)}_{ik}}\, x^{(l)}_{ik}`,
    words: 'Gradient times token, summed over channels, weighted by the attention to the token and summed over blocks.',
  },
  attattr: {
    tex: String.raw`M = \sum_h A^{(l,h)}_{\mathrm{cls}} \odot \int_0^1 \frac{\partial y(t\,A^{(l)})}{\partial (t\,A^{(l,h)})_{\mathrm{cls}}}\,dt`,
    words:
      "One block's attention times the mean gradient of the class score while that attention grows from 0 to what it is; what the class token reads.",
  },
  'attention-flow': {
    tex: String.raw`M_i = \operatorname{maxflow}\big(\mathrm{cls}^{(L)} \to i^{(0)}\big),\qquad \text{capacities } \tfrac12\Big(\operatorname*{mean}_h A^{(l,h)} + I\Big)`,
    words:
      'Attention as a network of pipes from block to block: the largest flow that the class token of the last block can draw from a patch.',
  },
  'attention-gradcam': {
    tex: String.raw`M = ${pos(String.raw`\operatorname*{mean}_h \alpha_h A^{(l,h)}_{\mathrm{cls}}`)},\qquad \alpha_h = \operatorname*{mean}_i \frac{\partial y}{\partial A^{(l,h)}_{\mathrm{cls},i}}`,
    words: "The class token's attention in one block, each head weighted by the mean of its gradient.",
  },
  'attention-rollout': {
    tex: rollout(String.raw`\operatorname{norm}\Big(\operatorname*{mean}_h A^{(l,h)} + I\Big)`),
    words: 'Attention averaged over heads, with the identity for the skip connection, multiplied through the blocks.',
  },
  attnlrp: {
    tex: String.raw`R_i = \sum_j \frac{z_{ij}}{z_j}\,R_j,\qquad R^{\mathrm{softmax}}_i = a_i\Big(R_i - s_i\sum_j R_j\Big)`,
    words:
      'Relevance handed back layer by layer, with rules of its own for softmax, products of activations and layer norm.',
  },
  'beyond-intuition-heads': {
    tex: rollout(String.raw`I + \sum_h w^{(l,h)}A^{(l,h)}`),
    words:
      'Rollout with heads weighted by their attention times gradient, then weighted by the integrated gradient of the last attention.',
  },
  'beyond-intuition-tokens': {
    tex: rollout(
      String.raw`I + \operatorname*{mean}_h A^{(l,h)}\,\operatorname{diag}\frac{\lVert x^{(l)}W\rVert}{\lVert x^{(l)}\rVert}`,
    ),
    words:
      'Rollout with tokens weighted by what attention to them adds, then weighted by the integrated gradient of the last attention.',
  },
  'blur-integrated-gradients': {
    tex: String.raw`M = \int_{\sigma_{\max}}^{0} \nabla y(I_\sigma)\odot\frac{\partial I_\sigma}{\partial\sigma}\,d\sigma`,
    words: 'The gradient integrated on the way from a blurred image to the image.',
  },
  'center-gaussian': {
    tex: String.raw`M_{ij} = \exp\Big(-\frac{d_{ij}^2}{2\sigma^2}\Big)`,
    words: 'A bump in the middle of the image, whatever it shows; d is the distance to the centre.',
  },
  'cp-lrp': {
    tex: String.raw`R_i = \sum_j \frac{z_{ij}}{z_j}\,R_j,\qquad A,\ \mathrm{std}(x)\ \text{held constant}`,
    words: 'Relevance handed back with attention and the deviation of layer norm held constant.',
  },
  daam: {
    tex: String.raw`M = \sum_l ${pos(String.raw`\sum_k ${pos(String.raw`\frac{\partial y}{\partial c^{(l)}_k}`)} A^{(l)}_{\mathrm{cls}}\odot v^{(l)}_k`)}`,
    words:
      "What each patch adds to the class token's context c, weighted by the positive gradient of the class score, accumulated over blocks.",
  },
  deeplift: {
    tex: String.raw`M = (I - I_0)\odot\tilde\nabla y,\qquad \tilde\nabla\,\mathrm{GELU} = \frac{\mathrm{GELU}(z) - \mathrm{GELU}(z_0)}{z - z_0}`,
    words:
      'The image less a baseline, times a gradient in which GELU has the slope between the two instead of the one at the image.',
  },
  'eigen-gradcam': {
    tex: String.raw`M = \Big(\frac{\partial y}{\partial x}\odot x\Big)\,v_1`,
    words: 'Gradient times activation, projected on its first principal axis.',
  },
  eigencam: { tex: String.raw`M = (x - \bar x)\,v_1`, words: 'Activations projected on their first principal axis.' },
  'expected-gradients': {
    tex: String.raw`M = \operatorname*{\mathbb E}_{I_0,\,t}\Big[(I - I_0)\odot\nabla y\big(I_0 + t\,(I - I_0)\big)\Big]`,
    words: 'Integrated gradients averaged over random baselines.',
  },
  'feature-ablation': {
    tex: String.raw`M_i = y(I) - y(I_{\setminus i})`,
    words: 'What the class score loses when one square of patches is set to the mean colour.',
  },
  fem: {
    tex: String.raw`M = \sum_k w_k\,x_k,\qquad w_k = \operatorname*{mean}_i\,\big[x_{ik} > \mu_k + \kappa\,\sigma_k\big]`,
    words: 'Channels weighted by the share of patches that stand out.',
  },
  'full-lrp': {
    tex: String.raw`R_i = \sum_j \frac{z^+_{ij}}{\sum_{i'} z^+_{i'j}}\,R_j`,
    words: 'Relevance propagated through the whole network to the pixels.',
  },
  'generic-attention': {
    tex: rollout(String.raw`I + \operatorname*{mean}_h ${pos(String.raw`${grad}\odot A^{(l,h)}`)}`),
    words: 'The positive part of gradient times attention, with the identity, multiplied through the blocks.',
  },
  gmar: {
    tex: rollout(
      String.raw`\operatorname{norm}\Big(I + \sum_h w_h A^{(l,h)}\Big),\quad w_h = \frac{\lVert\nabla_{\!h}\,y\rVert}{\sum_{h'}\lVert\nabla_{\!h'}\,y\rVert}`,
    ),
    words: 'Rollout with heads weighted by the size of their gradient.',
  },
  'grad-eclip': {
    tex: String.raw`M_i = ${pos(String.raw`\sum_k \frac{\partial y}{\partial c_k}\,\lambda_i\, v_{ik}`)},\qquad \lambda_i = \operatorname{rescale}\,\cos(q_{\mathrm{cls}}, k_i)`,
    words:
      "Channels of each patch's value weighted by the gradient of the context, patches by how the class token's query fits their key.",
  },
  gradcam: {
    tex: cam(String.raw`\operatorname*{mean}_i \frac{\partial y}{\partial x_{ik}}`),
    words: 'Channels weighted by the mean of their gradient.',
  },
  'gradcam-plus-plus': {
    tex: cam(String.raw`\sum_i \frac{g_{ik}^2}{2g_{ik}^2 + g_{ik}^3\sum_j x_{jk}}\,${pos('g_{ik}')}`),
    words: 'Channels weighted by their positive gradients g, each patch by its share.',
  },
  'gradient-rollout': {
    tex: rollout(
      String.raw`\operatorname{norm}\Big(I + ${pos(String.raw`\operatorname*{mean}_h ${grad}\odot A^{(l,h)}`)}\Big)`,
    ),
    words: 'Rollout of attention times its gradient.',
  },
  'gradient-shap': {
    tex: String.raw`M = \operatorname*{\mathbb E}_{\varepsilon,\,I_0,\,t}\Big[(I + \varepsilon - I_0)\odot\nabla y\big(I_0 + t\,(I + \varepsilon - I_0)\big)\Big]`,
    words: 'Gradients at random points between a baseline and a noisy copy of the image.',
  },
  hirescam: {
    tex: `M = ${pos(String.raw`\sum_k \frac{\partial y}{\partial x_k}\odot x_k`)}`,
    words: 'Gradient times activation, summed over channels.',
  },
  'ia-attention': {
    tex: String.raw`\hat A^{(l)} = \operatorname{norm}\Big(I + \int_0^1 \operatorname*{mean}_h ${pos(String.raw`A^{(l,h)}\odot\frac{\partial y}{\partial A^{(l,h)}}`)}\,dt\Big),\qquad A^{(L)} = t\,${pos(String.raw`A\odot\nabla_{\!A}\,y`)}`,
    words:
      'Rollout of positive attention times gradient, averaged while the last attention is scaled from 0 to its positive product with its gradient.',
  },
  'ig-attention': {
    tex: rollout(
      String.raw`\operatorname{norm}\Big(I + \int_0^1 \operatorname*{mean}_h ${pos(String.raw`\frac{\partial y(t\,I)}{\partial A^{(l,h)}}`)}\,dt\Big)`,
    ),
    words: "Rollout of the attention's positive gradient, averaged on the way from the mean colour to the image.",
  },
  iia: {
    tex: String.raw`\hat A^{(l)} = \operatorname{norm}\Big(I + \int_0^1\!\int_0^1 \operatorname*{mean}_h ${pos(String.raw`A^{(l,h)}\odot\frac{\partial y}{\partial A^{(l,h)}}`)}\,dt\,du\Big),\qquad A^{(L)} = t\,A^{(L)}(u\,I)`,
    words:
      'Rollout of positive attention times gradient, averaged on the way from the mean colour to the image and, for each image, while the last attention is scaled from 0 to what it is.',
  },
  'input-x-gradient': {
    tex: String.raw`M = I \odot \nabla y(I)`,
    words: 'The image times the gradient of the class score.',
  },
  'integrated-gradients': {
    tex: path,
    words: 'The gradient integrated on the straight way from a baseline to the image.',
  },
  'kernel-shap': {
    tex: String.raw`${linear},\qquad \pi(z) = \frac{n - 1}{\binom{n}{|z|}\,|z|\,(n - |z|)}`,
    words:
      'A linear model of the class score in which squares of patches are kept, samples weighted by the Shapley kernel.',
  },
  'kpca-cam': {
    tex: String.raw`M = \text{first component of } \tanh\Big(\frac{x x^{\top}}{K} + 1\Big)`,
    words: 'The first kernel principal component of the activations.',
  },
  layercam: {
    tex: `M = ${pos(String.raw`\sum_k ${pos(String.raw`\frac{\partial y}{\partial x_k}`)}\odot x_k`)}`,
    words: 'Positive gradient times activation, summed over channels.',
  },
  legrad: {
    tex: String.raw`M = \operatorname*{mean}_{l,\,h,\,i} ${pos(String.raw`\frac{\partial y^{(l)}}{\partial A^{(l,h)}_i}`)}`,
    words:
      "Each block's tokens are classified by the model's own head; the positive gradient of that score with respect to the block's attention.",
  },
  libragrad: {
    tex: String.raw`M = x \odot \tilde\nabla y,\qquad A,\ \mathrm{std}(x),\ \text{gates held constant}`,
    words: 'A gradient made to conserve by pruning paths, times the input.',
  },
  lime: {
    tex: String.raw`${linear},\qquad \pi(z) = e^{-d(z)^2/2w^2}`,
    words: 'A sparse linear model of the class score in which squares of patches are kept, near samples weighted more.',
  },
  'lrp-rollout': {
    tex: rollout(String.raw`I + \operatorname*{mean}_h ${pos('R^{(l,h)}')}`),
    words: 'Rollout of the relevance of attention, without the gradient.',
  },
  'mean-attention': {
    tex: String.raw`M = \operatorname*{mean}_l\operatorname*{mean}_h A^{(l,h)}_{\mathrm{cls}}`,
    words: 'What the class token attends to, averaged over blocks and heads.',
  },
  'metric-driven': {
    tex: String.raw`s_k = \operatorname*{arg\,max}_s\; p\big(\{s_1,\dots,s_{k-1},s\}\big),\qquad M_{s_k} \propto p\big(\{s_1,\dots,s_k\}\big) - p\big(\{s_1,\dots,s_{k-1}\}\big)`,
    words:
      'Squares of patches put back into an empty image one by one, each time the one that raises the probability of the class most; a square is worth the gain of its step, made to fall along the order.',
  },
  'object-mask': {
    tex: String.raw`M_i = \frac{|\text{object} \cap \text{patch}_i|}{|\text{patch}_i|}`,
    words: 'The share of each patch that the object covers.',
  },
  occlusion: {
    tex: String.raw`M_i = \operatorname*{mean}_{w \ni i}\big(y(I) - y(I_{\setminus w})\big)`,
    words:
      'What the class score loses when a window is set to the mean colour, averaged over the windows that cover a patch.',
  },
  'partial-lrp': {
    tex: String.raw`M = \operatorname*{mean}_h ${pos(String.raw`R^{(l,h)}_{\mathrm{cls}}`)}`,
    words: "The positive relevance of one block's attention, the class token's row.",
  },
  random: { tex: String.raw`M_{ij} \sim \mathcal U(0, 1)`, words: 'Independent uniform noise per patch.' },
  'raw-attention': {
    tex: String.raw`M = \operatorname*{mean}_h A^{(L,h)}_{\mathrm{cls}}`,
    words: 'What the class token attends to in one block.',
  },
  rise: {
    tex: String.raw`M = \frac{1}{\mathbb E[m]}\operatorname*{mean}_m\; p(I \odot m)\, m`,
    words: 'Random masks, each weighted by the probability of the class when the image is seen through it.',
  },
  'rollout-per-head': {
    tex: String.raw`M = \operatorname*{mean}_h \Big[\hat A^{(L,h)}\cdots\hat A^{(1,h)}\Big]_{\mathrm{cls}}`,
    words: 'Attention Rollout of each head by itself, averaged at the end.',
  },
  saliency: {
    tex: String.raw`M = \max_c \left|\frac{\partial y}{\partial I_c}\right|`,
    words: 'The largest size of the gradient over the colours of a pixel.',
  },
  'score-cam': {
    tex: cam(String.raw`\operatorname*{softmax}_k\; y\big(I \odot m(x_k)\big)`),
    words: 'Channels weighted by the class score when the image is seen through them.',
  },
  smoothgrad: {
    tex: String.raw`M = \operatorname*{\mathbb E}_{\varepsilon}\,\nabla y(I + \varepsilon)`,
    words: 'The mean gradient at noisy copies of the image.',
  },
  'sobel-edges': {
    tex: String.raw`M_i = \sum_{\text{pixels of } i} \sqrt{G_x^2 + G_y^2}`,
    words: "How strong the edges of the image are, by Sobel's operator, whatever the model says.",
  },
  sobol: {
    tex: String.raw`M_i = \frac{\mathbb E_{m_{\sim i}}\big[\operatorname{Var}_{m_i}\, y(I\odot m)\big]}{\operatorname{Var}_m\, y(I\odot m)}`,
    words:
      "A square's total index: the share of the class score's variance in which it takes part when all squares are dimmed by random amounts.",
  },
  tam: {
    tex: String.raw`s^{(l-1)} = s^{(l)} + s^{(l)}A^{(l)},\qquad M = s \odot \int_0^1 \frac{\partial y}{\partial A^{(L)}}(t)\,dt`,
    words:
      'The state of the class token moves back through the blocks as a Markov chain, weighted by the integrated gradient of the last attention.',
  },
  tis: {
    tex: String.raw`M_i = \operatorname*{mean}_{T \ni i}\; p(\text{tokens } T)`,
    words: 'A token is worth the mean probability of the class over the subsets of tokens that hold it.',
  },
  'transformer-attribution': {
    tex: rollout(String.raw`I + \operatorname*{mean}_h ${pos(String.raw`${grad}\odot R^{(l,h)}`)}`),
    words:
      'Relevance R of the class, propagated back through the whole network, times the gradient of the attention; its positive part averaged over heads and multiplied through the blocks.',
  },
  vargrad: {
    tex: String.raw`M = \operatorname*{Var}_{\varepsilon}\,\nabla y(I + \varepsilon)`,
    words: 'The variance of the gradient over noisy copies of the image.',
  },
  'vit-cx': {
    tex: String.raw`M = \sum_m \big(p(I\odot m + \varepsilon\,(1 - m)) - p(I + \varepsilon) + p(I)\big)\,\frac{m}{\sum m}`,
    words: 'Clustered channels as masks, each weighted by its causal impact on the probability of the class.',
  },
  'vit-recipro-cam': {
    tex: String.raw`M_i = y\big(x_{\mathrm{cls}},\ x_i\big)`,
    words: "The class score when the last block's attention sees the class token and one patch.",
  },
  'whole-image': { tex: 'M_{ij} = 1', words: 'Every pixel: what a mask of the whole image scores.' },
  xgradcam: {
    tex: cam(String.raw`\sum_i \frac{x_{ik}}{\sum_j x_{jk}}\,\frac{\partial y}{\partial x_{ik}}`),
    words: "Channels weighted by their gradient, each patch by its share of the channel's activations.",
  },
}

/** What the letters of formulas stand for, and where a formula has them. */
const letters: readonly (readonly [letter: RegExp, words: string])[] = [
  [/\bM\b|^M/, 'M the map'],
  [/\bl\b|\bL\b/, 'l one of L blocks'],
  [/\bh\b/, 'h a head'],
  [/\bA\b|\\hat A|\\bar A/, 'A attention after softmax'],
  [/\bS\b/, 'S attention before softmax'],
  [/\bx\b/, 'x tokens or activations'],
  [/\bk\b/, 'k a channel'],
  [/\\mathrm\{cls\}/, 'cls the class token'],
  [/\by\b/, "y the class's score"],
  [/\bp\b/, 'p its probability'],
  [/\bR\b/, 'R relevance'],
  [/\bI\b/, 'I the image, or the identity beside attention'],
  [/\bI_0\b/, 'I₀ a baseline image'],
  [/\bm\b/, 'm a mask'],
  [/\bT\b/, 'T a set of tokens'],
  [/\bG\b|G_x/, 'G the gradient of the grey image'],
  [/\bc\b/, "c the class token's context"],
  [/\bv\b/, 'v values'],
  [/\bq\b/, 'q the query'],
  [/\bW\b/, 'W a weight matrix'],
  [/\bw\b/, 'w a weight'],
  [/\bz\b/, 'z what a layer adds up'],
  [/\bs\b/, 's a state or a softmax'],
  [/\\alpha/, 'α a weight of a channel or a head'],
  [/\\varepsilon/, 'ε noise'],
  [/\\sigma/, 'σ the sigmoid or a width'],
  [/\\phi/, 'φ coefficients of a linear model'],
  [/\\lambda/, 'λ an eigenvalue or a weight'],
  [/\\pi/, 'π an order or a weight of a sample'],
  [/\\right\]_\+/, '[ ]₊ the positive part'],
  [/\\odot/, '⊙ the product element by element'],
]

/** What the letters of one formula stand for. */
export function lettersOf(tex: string): string {
  // Commands are names, not letters, except those that are listed.
  const bare = tex.replaceAll(/\\(?:operatorname\*?|text)\{[^}]*\}/g, ' ').replaceAll(/[_^{}]/g, ' ')
  const found = letters.flatMap(([letter, words]) => (letter.test(bare) || letter.test(tex) ? [words] : []))
  return found.length === 0 ? '' : `${found.join('; ')}.`
}

/** TeX as MathML. */
export const mathml = (tex: string): string =>
  temml.renderToString(tex, { displayMode: true, throwOnError: true, annotate: false })
