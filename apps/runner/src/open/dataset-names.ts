import { datasetIds, datasetKinds } from '@vitrine/datasets'

/** Every dataset that is bundled and every kind that is read, for help texts. */
export const datasetNames = [...datasetIds, ...datasetKinds.map(kind => `${kind}:PATH`)].join(', ')
