import { describe, expect, it } from 'vitest'
import { labels } from '../../../crds/labels.ts'
import { healthy, now, value } from '../../../test/helpers/doctor-facts.ts'
import type { Job, Pod } from '../../lib/kubernetes.ts'
import type { DoctorFacts } from './facts.ts'
import { judgeFacts } from './registry.ts'

const see = (change: Partial<DoctorFacts>) =>
  judgeFacts({ ...healthy, ...change }).filter(({ level }) => level !== 'ok')

/** Steps whose pods came a minute after their Jobs. */
function makeLateSteps(marks: Readonly<Record<string, string>>): Pick<DoctorFacts, 'jobs' | 'pods'> {
  const at = (ms: number) => new Date(ms).toISOString()
  const owner = { apiVersion: 'batch/v1', kind: 'Job', name: 'j' }
  const numbers = Array.from({ length: 6 }, (_, i) => i)
  const jobs = numbers.map((i): Job => ({ metadata: { uid: `j${i}`, creationTimestamp: at(now), labels: marks } }))
  const pods = numbers.map((i): Pod => {
    return { metadata: { creationTimestamp: at(now + 60_000), ownerReferences: [{ ...owner, uid: `j${i}` }] } }
  })
  return { jobs: value(jobs), pods: value(pods) }
}

const quota = (hard: object, used: object) => ({
  quotas: value([{ metadata: { name: 'q' }, status: { hard, used } }] as never),
})
const workspace = { kind: 'PipelineConfig', metadata: { namespace: 'a', name: 'app' }, spec: { workspace: {} } }
const beta = { 'storageclass.beta.kubernetes.io/is-default-class': 'true' }

describe('nothing is wrong with an installation', () => {
  it.each<readonly [string, Partial<DoctorFacts>]>([
    ['whose Jobs wait for their turn in a queue of Kueue', makeLateSteps({ [labels.kueueQueue]: 'ci' })],
    [
      'whose quota allows none of what it does not use',
      quota({ 'services.loadbalancers': '0', pods: '9' }, { pods: '6' }),
    ],
    [
      'whose default StorageClass is marked the old way',
      {
        configs: value([workspace]),
        storageClasses: value([{ metadata: { annotations: beta } }]),
      },
    ],
  ])('%s', (_name, change) => {
    expect(see(change)).toEqual([])
  })

  it('that waits that long without a queue, or has a quota of no pod', () => {
    expect(see(makeLateSteps({})).map(({ check }) => check)).toEqual(['job-controller'])
    expect(see(quota({ pods: '0', 'limits.memory': '1Gi' }, { 'limits.memory': '1Gi' }))).toMatchObject([
      { check: 'quota', message: 'ResourceQuota q of c8s-system is used up: pods (0), limits.memory (1Gi)' },
    ])
  })
})

describe('a trial that somebody else refuses', () => {
  const refused = (text: string) => see({ probe: value({ refusal: text }) })

  it('because its webhook does not answer is not told of ours', () => {
    const text =
      'Internal error occurred: failed calling webhook "validate.kyverno.svc-fail": failed to call webhook: Post "https://kyverno-svc.kyverno.svc:443/validate/fail?timeout=10s": connection refused'
    expect(refused(text)).toEqual([
      {
        check: 'webhook-answers',
        level: 'warning',
        message: `a dry run of a PipelineConfig in namespace default is refused: ${text}`,
        remedy: 'webhook "validate.kyverno.svc-fail" is not of c8s: see to that one, and ask again',
      },
    ])
  })

  it('for a reason of its own is not told as a right that is missing', () => {
    const text = 'admission webhook "validation.gatekeeper.sh" denied the request: [labels] you must provide labels'
    expect(refused(text)).toMatchObject([
      {
        level: 'warning',
        remedy: 'let a PipelineConfig be tried in namespace default; what refuses it is named above',
      },
    ])
  })
})
