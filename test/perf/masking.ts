import { randomBytes } from 'node:crypto'
import { PassThrough, Readable, Transform, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createMasker } from '../../src/logs/masker.ts'
import { median, type Row } from './measurement.ts'

const megabytes = 200
const chunkBytes = 65536
const secretCount = 20

/** A log as builds write it, with a secret in one line of a thousand. */
function renderLog(secrets: readonly string[]): Buffer {
  const lines: string[] = []
  let length = 0
  for (let i = 0; length < 4_000_000; i += 1) {
    const secret = i % 1000 === 0 ? ` token=${secrets[(i / 1000) % secrets.length]}` : ''
    const line = `[${i}] src/module-${i % 97}/file.ts:${i % 400}:12 compiled in ${i % 31} ms, ok=${i % 2 === 0}${secret}\n`
    lines.push(line)
    length += line.length
  }
  return Buffer.from(lines.join(''))
}

/** The log over and over, in chunks as a pipe gives them. */
function* repeatLog(log: Buffer): Generator<Buffer> {
  for (let sent = 0; sent < megabytes * 1_000_000; ) {
    for (let at = 0; at < log.length; at += chunkBytes) {
      const chunk = log.subarray(at, at + chunkBytes)
      sent += chunk.length
      yield chunk
    }
  }
}

/** CPU seconds of carrying the log through the stage. */
async function timeStage(log: Buffer, stage: Transform): Promise<number> {
  const sink = new Writable({ write: (_chunk, _encoding, done) => done() })
  const before = process.cpuUsage()
  await pipeline(Readable.from(repeatLog(log), { objectMode: false }), stage, sink)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}

/** A copy: each chunk is written anew, as any stage does that does not only look at the bytes. */
const copying = () => new Transform({ transform: (chunk: Buffer, _encoding, done) => done(null, Buffer.from(chunk)) })

function masking(secrets: readonly string[]): Transform {
  const masker = createMasker(secrets.map((value, i) => ({ name: `s/${i}`, value: Buffer.from(value) })))
  return new Transform({
    transform: (chunk: Buffer, _encoding, done) => done(null, masker.push(chunk)),
    flush: (done) => done(null, masker.end()),
  })
}

/** MB/s of one core of masking 20 secrets, over carrying the same bytes through the same streams. */
export async function measureMasking(): Promise<readonly Row[]> {
  const secrets = Array.from({ length: secretCount }, () => randomBytes(24).toString('base64url'))
  const log = renderLog(secrets)
  const [copies, masks]: [number[], number[]] = [[], []]
  await timeStage(log, new PassThrough())
  for (let round = 0; round < 3; round += 1) {
    copies.push(await timeStage(log, copying()))
    masks.push(await timeStage(log, masking(secrets)))
  }
  const [floor, measured] = [megabytes / median(copies), megabytes / median(masks)]
  const value = measured / floor
  const what = `masking, MB/s of one core, ${secretCount} secrets, over copying through Node streams`
  return [
    { id: 'masking', what, value, target: 0.5, floor, ok: value >= 0.5, unit: '×', floorUnit: 'MB/s', bound: '≥' },
  ]
}
