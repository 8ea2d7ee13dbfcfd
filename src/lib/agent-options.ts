/**
 * What admission tells the agent's tools in a step's pod: one JSON object in one environment variable each, so that the
 * contract between the two is a type and not a command line.
 */

export const cloneOptionsVariable = 'C8S_CLONE_OPTIONS'
export const shipOptionsVariable = 'C8S_SHIP_OPTIONS'
export const timeoutVariable = 'C8S_TIMEOUT_SECONDS'
export const graceVariable = 'C8S_GRACE_SECONDS'
/** For a step's driver: what describes the run and the two above, as assignments of a shell. */
export const descriptionVariable = 'C8S_DESCRIPTION'

export interface CloneOptions {
  readonly repository: string
  /** 7 to 64 hex digits. */
  readonly commit: string
  readonly branch?: string
  readonly tag?: string
  /** Full ref that holds the commit, such as refs/pull/7/head: a hint. */
  readonly ref?: string
  /** Commits of history; 0 for all. */
  readonly depth: number
  readonly submodules: boolean
  readonly workspace: string
  /** The volume that all steps of the run share, `workspace` being a folder of it; absent where a step has its own. */
  readonly sharedVolume?: string
  /** File that receives the full commit. */
  readonly commitFile: string
  /** Folder with username and password, or ssh-key and known_hosts; absent for a public repository. */
  readonly authDirectory?: string
  /**
   * Globs of branches; where present, the commit must be reachable from a branch of the repository that matches one of
   * them, else the clone fails and the step never starts. Present whenever the step is given secrets.
   */
  readonly requiredBranches?: readonly string[]
}

export interface ShipOptions {
  /** Folder <secret>/<key> with the values to mask; absent where the step has none. */
  readonly maskDirectory?: string
  /** FIFO that the step writes into. */
  readonly logPath: string
}

/** Why an agent tool ended, as its termination message tells the controller (JSON, masked, at most 4096 bytes). */
export interface AgentReport {
  readonly reason:
    | 'Cloned'
    | 'RepositoryNotFound'
    | 'CommitNotFound'
    | 'CommitNotOnBranch'
    | 'AuthenticationFailed'
    | 'CloneFailed'
    | 'Shipped'
    | 'MaskListUnreadable'
    | 'ShipFailed'
  /** One sentence for a person. */
  readonly message: string
  /** The commit in full, after Cloned. */
  readonly commit?: string
  /** Names (secret/key) of values too short to be masked. */
  readonly unmasked?: readonly string[]
}

/** Fixed words in the termination message of the step container, written by the step driver. */
export const driverMessages = { timedOut: 'c8s: TimedOut', shipperMissing: 'c8s: LogShipperMissing' } as const
