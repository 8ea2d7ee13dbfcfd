import { isFullCommit, type PullRequest } from '../../lib/forge-event.ts'
import { ForgeError } from '../forge.ts'
import type { Work } from './work.ts'

/** The pull request as it is now; undefined where there is none of that number. Throws ForgeError. */
export async function readPullRequest(work: Work, number: number): Promise<PullRequest | undefined> {
  const forge = await work.openForge()
  try {
    return await forge.readPullRequest(number)
  } catch (error) {
    if (error instanceof ForgeError && error.kind === 'notFound') return undefined
    throw error
  }
}

/** What the delivery told, and only where it tells part of the commit, what the forge says now. */
export async function completePullRequest(work: Work, told: PullRequest): Promise<PullRequest> {
  return isFullCommit(told.commit) ? told : ((await readPullRequest(work, told.number)) ?? told)
}

/** The pull request as it is now, and as it was told where the forge cannot say. */
export async function readNewest(work: Work, told: PullRequest): Promise<PullRequest> {
  try {
    return (await readPullRequest(work, told.number)) ?? told
  } catch (error) {
    if (error instanceof ForgeError && !error.isPassing) return told
    throw error
  }
}
