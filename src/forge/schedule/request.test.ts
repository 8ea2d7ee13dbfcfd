import { describe, expect, it } from 'vitest'
import type { PipelineConfig } from '../../../crds/kinds.ts'
import { maxServedTokens } from '../../../crds/pipeline-config.ts'
import {
  findRequest,
  findRequestBranch,
  joinTokens,
  type RequestStatus,
  type RunRequest,
  tellOpen,
  tellServed,
  tellServedBefore,
} from './request.ts'

const config = (annotations: Readonly<Record<string, string>>, branches?: string[]): PipelineConfig => ({
  metadata: { name: 'app', annotations },
  spec: { repository: 'https://git.test/a/b', steps: [], ...(branches === undefined ? {} : { branches }) },
})
const asked = (token: string, status: RequestStatus = {}) =>
  findRequest(config({ 'c8s.dev/run-requested': token }), status)
const serve = (status: RequestStatus, token: string): RequestStatus => {
  const request = asked(token, status)
  if (request === undefined) return status
  if (request.isServed) return tellServedBefore(status, request)
  return tellServed(status, request, { run: `app-${token}` })
}

describe('findRequest', () => {
  it('finds a token that is not served yet, and who set it', () => {
    expect(asked('1')).toEqual({ token: '1', shown: '1', isServed: false })
    expect(asked('2', { lastRequest: { token: '1', run: 'app-1' } })).toMatchObject({ token: '2', isServed: false })
    const annotations = { 'c8s.dev/run-requested': '1', 'c8s.dev/run-requested-by': 'alice' }
    expect(findRequest(config(annotations), {})).toMatchObject({ requestedBy: 'alice' })
  })

  it('finds none where there is none, or it is served', () => {
    expect(findRequest(config({}), {})).toBeUndefined()
    expect(asked('')).toBeUndefined()
    expect(asked('1', { lastRequest: { token: '1', run: 'app-1' } })).toBeUndefined()
    expect(asked('1', { lastRequest: { token: '1', message: 'there is no branch x' } })).toBeUndefined()
  })

  it('knows a token that is put back, also one from before status kept them', () => {
    const status = ['1', '2', '3'].reduce(serve, {})
    expect(asked('1', status)).toMatchObject({ isServed: true })
    expect(asked('3', serve(status, '1'))).toMatchObject({ isServed: true })
    const old = serve({ lastRequest: { token: '1', run: 'app-1' } }, '2')
    expect(asked('1', old)).toMatchObject({ isServed: true })
    expect(serve(old, '1').lastRequest).toEqual({
      token: '1',
      message: 'this token came to a run before: set another to run the pipeline again',
    })
  })

  it('tries a token again that came to no run, once another was set in between', () => {
    const request = asked('1') as RunRequest
    const failed = tellServed({}, request, { message: 'there is no branch x' })
    expect(asked('1', serve(failed, '2'))).toMatchObject({ isServed: false })
  })

  it('keeps the newest hundred', () => {
    const tokens = Array.from({ length: 2 * maxServedTokens }, (_, i) => `${i}`)
    const status = tokens.reduce(serve, {})
    expect(status.servedTokens).toHaveLength(maxServedTokens)
    expect(tokens.filter((token) => asked(token, status)?.isServed)).toEqual(tokens.slice(maxServedTokens, -1))
  })

  it('counts what another process has served', () => {
    const [mine, theirs] = [serve({}, '1'), serve(serve({}, '1'), '2')]
    expect(asked('2', joinTokens(mine, theirs))).toMatchObject({ isServed: true })
    expect(joinTokens(theirs, mine)).toBe(theirs)
    expect(joinTokens(mine, undefined)).toBe(mine)
  })

  it.each(['1', 'x'.repeat(5000), '😀'.repeat(2000), 'trying again: '])(
    'is served once, whatever it is: %#',
    (token) => {
      const request = asked(token) as RunRequest
      expect(asked(token, tellOpen({}, request, 'forge away'))).toEqual(request)
      expect(asked(token, tellServed({}, request, { run: 'app-1' }))).toBeUndefined()
      const refused = tellServed({}, request, { message: 'z'.repeat(5000) })
      expect(asked(token, refused)).toBeUndefined()
      const { token: shown = '', message = '' } = refused.lastRequest ?? {}
      expect([...shown].length).toBeLessThanOrEqual(1024)
      expect([...message].length).toBeLessThanOrEqual(1024)
      expect(shown.isWellFormed()).toBe(true)
    },
  )
})

describe('findRequestBranch', () => {
  it.each([
    [undefined, undefined],
    [['*'], undefined],
    [['release/*', 'main', 'dev'], 'main'],
    [['v?', '**'], undefined],
  ])('%j is %s', (branches, want) => {
    expect(findRequestBranch(config({}, branches))).toBe(want)
  })
})
