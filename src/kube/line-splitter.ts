import { dropManagedFields } from './drop-managed-fields.ts'

/** Far above the largest object that etcd takes (1.5 MiB by default), with its escapes. */
const longestLine = 32 * 1024 * 1024

/**
 * Bytes of a watch to lines, without managedFields. A line is decoded only when it is whole, so a character cut between two chunks stays
 * whole.
 */
export class LineSplitter {
  #parts: Buffer[] = []
  #size = 0

  push(chunk: Buffer): string[] {
    const lines: string[] = []
    let start = 0
    for (let end = chunk.indexOf(0x0a); end !== -1; end = chunk.indexOf(0x0a, start)) {
      const line = this.#finish(chunk.subarray(start, end))
      start = end + 1
      if (line.trim() !== '') {
        lines.push(line)
      }
    }
    this.#keep(chunk.subarray(start))
    return lines
  }

  /** Bytes of a line that has not ended: not 0 at the end of the stream means that something was cut off. */
  get pendingBytes(): number {
    return this.#size
  }

  #finish(last: Buffer): string {
    const line = this.#parts.length === 0 ? last : Buffer.concat([...this.#parts, last])
    this.#parts = []
    this.#size = 0
    return dropManagedFields(line).toString('utf8')
  }

  #keep(rest: Buffer): void {
    if (rest.length === 0) {
      return
    }
    this.#parts.push(rest)
    this.#size += rest.length
    if (this.#size > longestLine) {
      throw new RangeError(`a line of more than ${longestLine} bytes`)
    }
  }
}
