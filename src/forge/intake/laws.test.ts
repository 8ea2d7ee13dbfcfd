import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createValidators } from '../../../crds/validate.ts'
import {
  aComment,
  aCommit,
  anOwnPullRequest,
  aPullRequest,
  aPullRequestEvent,
  aPush,
  aTagPush,
} from '../../../test/helpers/forge-events.ts'
import { aFile, aSecretFile, IntakeWorld } from '../../../test/helpers/intake-world.ts'
import { KubeError } from '../../kube/kube-error.ts'
import type { ForgeEvent } from '../../lib/forge-event.ts'

const validators = createValidators()
const commits = ['a', 'b', 'c'].map(aCommit)
const [first = '', second = '', third = ''] = commits
const branches = ['main', 'dev', 'feature/x']

/** What a forge may tell of three commits, one with a broken file, two pull requests and a person who may write. */
const events: fc.Arbitrary<ForgeEvent> = fc.oneof(
  fc
    .record({ commit: fc.constantFrom(...commits), name: fc.constantFrom(...branches), delivery: fc.string() })
    .map(({ commit, name, delivery }) => aPush({ commit, delivery, ref: { kind: 'branch', name } })),
  fc
    .record({ commit: fc.constantFrom(...commits), tag: fc.constantFrom('v1', 'x') })
    .map(({ commit, tag }) => aTagPush(tag, { commit })),
  fc
    .record({ commit: fc.constantFrom(...commits), number: fc.constantFrom(7, 8) })
    .map(({ commit, number }) =>
      aPullRequestEvent((number === 8 ? anOwnPullRequest : aPullRequest)({ commit, number })),
    ),
  fc
    .record({
      number: fc.constantFrom(7, 8),
      text: fc.constantFrom('/test', '/test unit\n/test', '/test nope'),
      id: fc.constantFrom('1', '2'),
    })
    .map(({ number, text, id }) => aComment(text, { number, comment: `${id}-${number}` })),
)

function open(options: ConstructorParameters<typeof IntakeWorld>[0] = {}): IntakeWorld {
  const world = new IntakeWorld(options)
  world.forge.setFile(first, aFile('unit', 'branches: [main, dev]\n'))
  world.forge.setFile(first, aFile('release', 'triggers: {tag: {tags: ["v*"]}}\n'), '.c8s/release.yaml')
  world.forge.setFile(second, aSecretFile('unit'))
  world.forge.setFile(second, 'steps: 7', '.c8s/docs.yaml')
  world.forge.setFile(third, aFile('unit', 'triggers: {pullRequest: {}}\n'))
  world.forge.writers.add('alice')
  world.forge.pullRequests.set(7, aPullRequest({ commit: first }))
  world.forge.pullRequests.set(8, anOwnPullRequest({ number: 8, commit: second }))
  return world
}

/** All of the runs that does not depend on who told of them and when. */
async function listStored(world: IntakeWorld) {
  return (await world.listRuns()).map(({ metadata, spec }) => {
    const { event, cancel: _cancel, triggeredBy: _by, ...rest } = spec
    return { name: metadata.name, ...rest, pipeline: event?.pipeline, type: event?.type }
  })
}

/** Many runs, on machines that do other things besides. */
const timeout = 30_000

describe('laws', { timeout }, () => {
  it('any number of times, in any order, at two intakes at once: the same runs', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc
          .array(events, { minLength: 1, maxLength: 8 })
          .chain((told) =>
            fc.tuple(
              fc.constant(told),
              fc.shuffledSubarray([...told, ...told, ...told], { minLength: told.length * 3 }),
            ),
          ),
        async ([told, shuffled]) => {
          const once = open()
          for (const event of told) await once.handle(event)
          const often = open()
          await Promise.all(shuffled.map((event) => often.handle(event)))
          expect(await listStored(often)).toEqual(await listStored(once))
        },
      ),
      { numRuns: 60 },
    )
  })

  it('a lost request or reply at any call: told again, the same runs', async () => {
    const fault = fc.record({ at: fc.integer({ min: 1, max: 12 }), isReply: fc.boolean() })
    await fc.assert(
      fc.asyncProperty(fc.array(events, { minLength: 1, maxLength: 4 }), fault, async (told, { at, isReply }) => {
        let calls = 0
        const fail = () => {
          calls += 1
          if (calls === at) throw new KubeError('call', { status: 0, reason: 'ConnectionFailed', detail: 'reset' })
        }
        const sound = open()
        for (const event of told) await sound.handle(event)
        const faulty = open(isReply ? { after: fail } : { before: fail })
        for (const event of told) {
          const outcome = await faulty.handle(event)
          if (outcome.verdict === 'Failed') expect((await faulty.handle(event)).verdict).not.toBe('Failed')
        }
        calls = Number.POSITIVE_INFINITY
        expect(await listStored(faulty)).toEqual(await listStored(sound))
      }),
      { numRuns: 60 },
    )
  })

  it('whatever strangers write: an answer, and only objects that the schema takes', async () => {
    const nasty = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 100 }),
      fc.constantFrom(
        '--upload-pack',
        '__proto__',
        'a\u0000b',
        '\uD800',
        '\u202E',
        'x'.repeat(10_000),
        '/test\n/cancel',
      ),
    )
    const answers = new Set<string>()
    await fc.assert(
      fc.asyncProperty(
        events,
        fc.dictionary(fc.constantFrom('title', 'author', 'branch', 'url', 'ref'), nasty),
        nasty,
        async (event, odd, text) => {
          const world = open()
          world.forge.setFile(first, `${aFile('unit')}# ${text.replace(/[\r\n]/g, '')}\n`)
          world.forge.setFile(first, text, `.c8s/${text}.yaml`)
          const given = { ...event, sender: text, delivery: text, url: text }
          const told = (
            'pullRequest' in given
              ? { ...given, pullRequest: { ...given.pullRequest, ...odd } }
              : { ...given, message: text }
          ) as ForgeEvent
          const outcome = await world.handle(told)
          answers.add(outcome.reason)
          expect(outcome.reason).not.toBe('Internal')
          expect(Array.from(outcome.message).length).toBeLessThanOrEqual(1024)
          for (const run of await world.listRuns()) expect(validators.validatePipelineRun(run).errors).toEqual([])
        },
      ),
      { numRuns: 100, examples: [[aPullRequestEvent(aPullRequest()), { branch: '--upload-pack' }, 'x']] },
    )
    for (const reason of ['Started', 'RefUnsupported']) expect(answers).toContain(reason)
  })
})
