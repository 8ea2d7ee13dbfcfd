import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Custom code of Argo CD for one kind: files of this folder, joined in this order into one Lua script each. */
export interface KindScripts {
  readonly kind: string
  readonly health?: string
  readonly actions?: {
    readonly discovery: readonly string[]
    /** Name of the action → its files. */
    readonly definitions: Readonly<Record<string, readonly string[]>>
  }
}

const ofRun = (...files: readonly string[]) => files.map((file) => `actions/PipelineRun/${file}.lua`)

const discover = 'parts/discover'
const answering = ['parts/waiting-step', 'parts/answer'] as const

const usualActions = {
  cancel: ofRun('cancel'),
  rerun: ofRun('parts/rerun', 'rerun'),
  'rerun-failed': ofRun('parts/rerun', 'rerun-failed'),
}

export const usualScripts: readonly KindScripts[] = [
  {
    kind: 'PipelineRun',
    health: 'health/PipelineRun.lua',
    actions: { discovery: ofRun(discover, 'discovery'), definitions: usualActions },
  },
  {
    kind: 'PipelineConfig',
    health: 'health/accepted.lua',
    actions: {
      discovery: ['actions/PipelineConfig/discovery.lua'],
      definitions: { run: ['actions/PipelineConfig/run.lua'] },
    },
  },
  { kind: 'RepositoryConnection', health: 'health/accepted.lua' },
]

/** In place of the actions above, for who lets persons approve through Argo CD's one account (docs/adr/0164). */
export const approvalScripts: readonly KindScripts[] = [
  {
    kind: 'PipelineRun',
    actions: {
      discovery: ofRun(discover, 'parts/waiting-step', 'approvals/discovery'),
      definitions: {
        ...usualActions,
        approve: ofRun(...answering, 'approvals/approve'),
        reject: ofRun(...answering, 'approvals/reject'),
      },
    },
  },
]

/** One of the Lua files, by its path within this folder. */
export function readLua(file: string): string {
  return readFileSync(join(import.meta.dirname, file), 'utf8')
}
