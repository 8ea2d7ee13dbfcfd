import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { openForgeApi } from '../sample/forge/api.ts'
import { type CommitStatus, quotesMistake, renderStatus, waitForStatus } from './commit-status.ts'

const red = (description: string): CommitStatus => ({
  context: 'c8s/greeter',
  status: 'failure',
  description,
  target_url: '',
})

test.each([
  ['.c8s.yaml:17: there is no step "lnit"', true],
  ['.c8s.yaml, line 17: there is no step', true],
  ['.c8s.yaml:170: there is no step', false],
  ['line 17: there is no step', false],
  ['.c8s.yaml is wrong', false],
])('%s', (description, holds) => {
  expect(quotesMistake(red(description), '.c8s.yaml', 17)).toBe(holds)
})

test('green is never a quoted mistake, and neither is nothing', () => {
  expect(quotesMistake({ ...red('.c8s.yaml:17'), status: 'success' }, '.c8s.yaml', 17)).toBe(false)
  expect(quotesMistake(undefined, '.c8s.yaml', 17)).toBe(false)
})

test('a status is shown with its page', () => {
  expect(renderStatus({ ...red('unit failed'), target_url: 'http://c8s/runs/1' })).toBe(
    '  c8s/greeter  failure  unit failed\n  http://c8s/runs/1',
  )
  expect(renderStatus(undefined)).toContain('no status')
})

test('what is pending, missing or of another context is waited for', async () => {
  const pending = { ...red(''), status: 'pending' }
  const answers = [null, [{ ...red('other'), context: 'other' }], [pending], [red('done')]]
  const server = createServer((_, response) => response.end(JSON.stringify({ statuses: answers.shift() })))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const api = openForgeApi(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { token: 't' })
  const status = await waitForStatus(api, { repository: 'ada/greeter', commit: 'abc', context: 'c8s/greeter' })
  server.close()
  expect(status?.description).toBe('done')
  expect(answers).toEqual([])
})
