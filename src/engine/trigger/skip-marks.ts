const marks = /\[(skip ci|ci skip|no ci|skip c8s)\]/i

/** The mark in a commit's message that asks for no run, as it is written there. */
export function findSkipMark(message: string | undefined): string | undefined {
  return message === undefined ? undefined : marks.exec(message)?.[0]
}
