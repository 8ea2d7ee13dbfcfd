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
  for await (const chunk of input) await write(output, masker.push(chunk))
  await write(output, masker.end())
  return masker.unmasked
}

async function write(output: Writable, bytes: Uint8Array): Promise<void> {
  if (bytes.length > 0 && !output.write(bytes)) await once(output, 'drain')
}
