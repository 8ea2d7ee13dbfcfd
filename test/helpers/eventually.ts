import { setTimeout as pause } from 'node:timers/promises'

/** Asks again and again, for what nothing can be watched for; throws when it never comes. */
export async function eventually<T>(what: string, find: () => Promise<T | undefined>, seconds = 90): Promise<T> {
  const end = performance.now() + seconds * 1000
  while (performance.now() < end) {
    const found = await find()
    if (found !== undefined) return found
    await pause(200)
  }
  throw new Error(`${what} did not come within ${seconds} s`)
}
