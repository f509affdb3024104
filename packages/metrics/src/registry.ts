// Written by `npx -y pnpm@12 generate` from the files of the groups.
import meanThresholdF1 from './benchmarks/mean-threshold-f1.ts'
import pointing15 from './benchmarks/pointing-15.ts'
import pointingDifficult from './benchmarks/pointing-difficult.ts'
import topKIntersection from './benchmarks/top-k-intersection.ts'
import twoClassAp from './benchmarks/two-class-ap.ts'
import saco from './coherence/saco.ts'
import completenessGap from './completeness/completeness-gap.ts'
import gini from './complexity/gini.ts'
import effectiveArea from './diffusion/effective-area.ts'
import entropy from './diffusion/entropy.ts'
import outsideMass from './diffusion/outside-mass.ts'
import classChange from './discrimination/class-change.ts'
import massDifference from './discrimination/mass-difference.ts'
import pointingBoth from './discrimination/pointing-both.ts'
import faithfulnessCorrelation from './effects/faithfulness-correlation.ts'
import infidelity from './effects/infidelity.ts'
import muFidelity from './effects/mu-fidelity.ts'
import sensitivityN from './effects/sensitivity-n.ts'
import singleDeletion from './effects/single-deletion.ts'
import abpc from './faithfulness/abpc.ts'
import aopc from './faithfulness/aopc.ts'
import comprehensiveness from './faithfulness/comprehensiveness.ts'
import lerfArea from './faithfulness/lerf-area.ts'
import morfArea from './faithfulness/morf-area.ts'
import qge from './faithfulness/qge.ts'
import srg from './faithfulness/srg.ts'
import sufficiency from './faithfulness/sufficiency.ts'
import coupling from './frozen/coupling.ts'
import frozenShare from './frozen/frozen-share.ts'
import deletionArea from './insertion/deletion-area.ts'
import insertionArea from './insertion/insertion-area.ts'
import dice from './localization/dice.ts'
import iou from './localization/iou.ts'
import pixelAccuracy from './localization/pixel-accuracy.ts'
import precision from './localization/precision.ts'
import recall from './localization/recall.ts'
import gridPointing from './mosaic/grid-pointing.ts'
import irrelevantMass from './objects/irrelevant-mass.ts'
import objectDeletion from './objects/object-deletion.ts'
import averagePrecision from './pointing/average-precision.ts'
import massAccuracy from './pointing/mass-accuracy.ts'
import pointingGame from './pointing/pointing-game.ts'
import rankAccuracy from './pointing/rank-accuracy.ts'
import rocAuc from './pointing/roc-auc.ts'
import cascadeMagnitude from './randomisation/cascade-magnitude.ts'
import cascadeSimilarity from './randomisation/cascade-similarity.ts'
import entropyRise from './randomisation/entropy-rise.ts'
import randomLogit from './randomisation/random-logit.ts'
import randomModelSimilarity from './randomisation/random-model-similarity.ts'
import localLipschitz from './robustness/local-lipschitz.ts'
import maxSensitivity from './robustness/max-sensitivity.ts'
import averageDrop from './soft-mask/average-drop.ts'
import averageGain from './soft-mask/average-gain.ts'
import increase from './soft-mask/increase.ts'
import backgroundEdges from './texture/background-edges.ts'
import edgeCorrelation from './texture/edge-correlation.ts'
import fineEnergy from './texture/fine-energy.ts'
import totalVariation from './texture/total-variation.ts'

/** Every bundled metric, by group, in the order of the tables. */
export const registry = {
  localization: [pixelAccuracy, iou, dice, precision, recall],
  faithfulness: [abpc, morfArea, lerfArea, srg, qge, aopc, comprehensiveness, sufficiency],
  pointing: [pointingGame, massAccuracy, rankAccuracy, rocAuc, averagePrecision],
  texture: [fineEnergy, totalVariation, edgeCorrelation, backgroundEdges],
  diffusion: [effectiveArea, entropy, outsideMass],
  frozen: [coupling, frozenShare],
  discrimination: [massDifference, pointingBoth, classChange],
  insertion: [insertionArea, deletionArea],
  'soft-mask': [averageDrop, averageGain, increase],
  effects: [singleDeletion, sensitivityN, faithfulnessCorrelation, muFidelity, infidelity],
  objects: [objectDeletion, irrelevantMass],
  coherence: [saco],
  benchmarks: [pointing15, pointingDifficult, topKIntersection, twoClassAp, meanThresholdF1],
  complexity: [gini],
  completeness: [completenessGap],
  mosaic: [gridPointing],
  robustness: [maxSensitivity, localLipschitz],
  randomisation: [randomModelSimilarity, cascadeSimilarity, cascadeMagnitude, entropyRise, randomLogit],
} as const
