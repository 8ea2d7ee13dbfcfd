import { createServer, type IncomingMessage } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { FakeTimers } from '../../test/helpers/fake-timers.ts'
import { discardRest, type ReadBody, readBody } from './body.ts'
import { createBodyBudget } from './body-budget.ts'

const opened: (() => void)[] = []
afterEach(() => {
  for (const close of opened.splice(0)) close()
})

/** A request whose body is written by hand. */
async function open(head: readonly string[]): Promise<{ request: IncomingMessage; socket: Socket }> {
  const { promise, resolve } = Promise.withResolvers<IncomingMessage>()
  const server = createServer((request) => resolve(request))
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.on('error', () => undefined)
  opened.push(() => {
    socket.destroy()
    server.close()
    server.closeAllConnections()
  })
  socket.write(['POST / HTTP/1.1', 'host: x', ...head, '', ''].join('\r\n'))
  return { request: await promise, socket }
}

const room = (bytes = 1000, bodies = 10) => {
  const timers = new FakeTimers()
  return { timers, budget: createBodyBudget({ bytes, bodies, slowAfterMs: 1000 }, timers) }
}
const problemOf = (read: ReadBody) => (read.kind === 'refused' ? read.problem : read.body.toString())

test('the bytes come as they were sent, and hold their room until it is given back', async () => {
  const { request, socket } = await open(['content-length: 6'])
  const deps = room()
  const reading = readBody(request, deps)
  socket.write('äb')
  socket.write('€')
  const read = await reading
  expect(read.kind === 'read' && Buffer.from(read.body).toString()).toBe('äb€')
  expect(deps.budget.heldBytes).toBe(6)
  if (read.kind === 'read') read.hold.release()
  expect(deps.budget).toMatchObject({ heldBytes: 0, openBodies: 0 })
})

test('a body that does not come in time is given up', async () => {
  const { request, socket } = await open(['content-length: 4'])
  const deps = room()
  const reading = readBody(request, deps)
  socket.write('ab')
  await expect.poll(() => deps.budget.heldBytes).toBe(2)
  await deps.timers.advance(10_000)
  expect(problemOf(await reading)).toBe('slow')
  expect(deps.budget).toMatchObject({ heldBytes: 0, openBodies: 0 })
})

test('without room it is refused; a slow one makes room', async () => {
  const deps = room(10)
  const slow = await open(['content-length: 20'])
  const slowly = readBody(slow.request, deps)
  slow.socket.write('12345678')
  await expect.poll(() => deps.budget.heldBytes).toBe(8)
  const early = await open(['content-length: 5'])
  const refused = readBody(early.request, deps)
  early.socket.write('12345')
  expect(problemOf(await refused)).toBe('full')
  await deps.timers.advance(1000)
  const late = await open(['content-length: 5'])
  const taken = readBody(late.request, deps)
  late.socket.write('12345')
  expect((await taken).kind).toBe('read')
  expect(problemOf(await slowly)).toBe('slow')
})

test('no more bodies than allowed are read, and none with a length that is too large', async () => {
  const deps = room(10, 1)
  const first = await open(['content-length: 5'])
  const reading = readBody(first.request, deps)
  expect(problemOf(await readBody((await open(['content-length: 5'])).request, deps))).toBe('full')
  const large = await open([`content-length: ${25 * 1024 * 1024 + 1}`])
  expect(problemOf(await readBody(large.request, room()))).toBe('tooLarge')
  first.socket.destroy()
  expect(problemOf(await reading)).toBe('aborted')
  expect(deps.budget.openBodies).toBe(0)
})

test('who goes on sending after a refusal is cut off after a moment', async () => {
  const { request, socket } = await open(['content-length: 100'])
  const { timers } = room()
  discardRest(request, timers)
  const closed = new Promise((resolve) => socket.once('close', resolve))
  await timers.advance(999)
  expect(request.destroyed).toBe(false)
  await timers.advance(1)
  await closed
  expect(request.destroyed).toBe(true)
})
