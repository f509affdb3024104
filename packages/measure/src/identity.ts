import { groupsOf, groupVersions, type Protocol } from '@vitrine/metrics'
import type { RecordHeader } from '@vitrine/records/record'
import { version as pipeline } from './pipeline/version.ts'

/** The version of each group of columns that a record under a protocol holds; `pipeline` is what all of them rest on. */
export const versionsOf = (protocol: Protocol): RecordHeader['versions'] => ({
  pipeline,
  ...Object.fromEntries(groupsOf(protocol).map(group => [group, groupVersions[group]])),
})
