/** Public: scripts read them. 10 to 13 are kept for the results of runs. */
export const exitCodes = { ok: 0, fault: 1, usage: 2, notFound: 3, invalid: 5, closedPipe: 141 } as const
