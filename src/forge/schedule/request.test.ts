import { describe, expect, it } from 'vitest'
import type { PipelineConfig } from '../../../crds/kinds.ts'
import { findRequest, findRequestBranch, type RunRequest, tellOpen, tellServed } from './request.ts'

const config = (annotations: Readonly<Record<string, string>>, branches?: string[]): PipelineConfig => ({
  metadata: { name: 'app', annotations },
  spec: { repository: 'https://git.test/a/b', steps: [], ...(branches === undefined ? {} : { branches }) },
})
const asked = (token: string, last?: Parameters<typeof findRequest>[1]) =>
  findRequest(config({ 'c8s.dev/run-requested': token }), last)

describe('findRequest', () => {
  it('finds a token that is not served yet, and who set it', () => {
    expect(asked('1')).toEqual({ token: '1', shown: '1' })
    expect(asked('2', { token: '1', run: 'app-1' })).toEqual({ token: '2', shown: '2' })
    const annotations = { 'c8s.dev/run-requested': '1', 'c8s.dev/run-requested-by': 'alice' }
    expect(findRequest(config(annotations), undefined)).toMatchObject({ requestedBy: 'alice' })
  })

  it('finds none where there is none, or it is served', () => {
    expect(findRequest(config({}), undefined)).toBeUndefined()
    expect(asked('')).toBeUndefined()
    expect(asked('1', { token: '1', run: 'app-1' })).toBeUndefined()
    expect(asked('1', { token: '1', message: 'there is no branch x' })).toBeUndefined()
  })

  it.each(['1', 'x'.repeat(5000), '😀'.repeat(2000), 'trying again: '])(
    'is served once, whatever it is: %#',
    (token) => {
      const request = asked(token) as RunRequest
      expect(asked(token, tellOpen(request, 'forge away'))).toEqual(request)
      expect(asked(token, tellServed(request, 'app-1', undefined))).toBeUndefined()
      const refused = tellServed(request, undefined, 'z'.repeat(5000))
      expect(asked(token, refused)).toBeUndefined()
      expect([...refused.token].length).toBeLessThanOrEqual(1024)
      expect([...(refused.message ?? '')].length).toBeLessThanOrEqual(1024)
      expect(refused.token.isWellFormed()).toBe(true)
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
