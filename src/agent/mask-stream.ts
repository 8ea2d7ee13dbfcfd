import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { createMasker, type Secret } from '../logs/masker.ts'

/** Masks a stream as its bytes arrive, at the pace of the output. Answers the names of values too short to be masked. */
export async function maskStream(
  input: AsyncIterable<Uint8Array>,
  output: Writable,
  secrets: readonly Secret[],
): Promise<readonly string[]> {
  const masker = createMasker(secrets)
  for await (const chunk of input) {
    if (!write(output, masker.pushParts(chunk))) await once(output, 'drain')
  }
  write(output, [masker.end()])
  return masker.unmasked
}

/** All parts at once; answers whether the output wants more. */
function write(output: Writable, parts: readonly Uint8Array[]): boolean {
  let wantsMore = true
  output.cork()
  for (const part of parts) wantsMore = output.write(part)
  output.uncork()
  return wantsMore
}
