/** What may still lie in the pipe of standard output when a process ends. Times in milliseconds of any clock that only goes forward. */
export interface Burst {
  note(bytes: number, now: number): void
  /** How long to stay after the last write. */
  restMs(now: number): number
}

/** A reader that was so long without anything new has read what there was. */
const quietMs = 1000
/** So little lies in the buffer of the reader's first read, whenever it comes. */
const littleBytes = 4096

/**
 * containerd (1.6 at least) stops reading the output of a container when that has ended: of a hundred kilobytes written right before the
 * end, up to 64, as much as a pipe holds, are in no log. So who has written much in the last second stays for that second.
 */
export function createBurst(): Burst {
  let bytes = 0
  let lastAt = Number.NEGATIVE_INFINITY
  return {
    note: (added, now) => {
      bytes = now - lastAt > quietMs ? added : bytes + added
      lastAt = now
    },
    restMs: (now) => (bytes <= littleBytes ? 0 : Math.max(0, lastAt + quietMs - now)),
  }
}
