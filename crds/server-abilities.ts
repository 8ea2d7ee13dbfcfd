/** What a server knows that reads the definitions. */
export interface ServerAbilities {
  /** Kubernetes 1.28 and 1.29 refuse a definition with `selectableFields`; 1.30 knows the field, 1.31 serves by it. */
  readonly knowsSelectableFields: boolean
  /** From 1.30 on; before, the definition of runs holds the rules of their policy. */
  readonly knowsPolicies: boolean
}

/** Of 1.30 and newer: what all is made for where nothing else is said. */
export const newServer: ServerAbilities = Object.freeze({ knowsSelectableFields: true, knowsPolicies: true })

/** Of 1.28 and 1.29. */
export const oldServer: ServerAbilities = Object.freeze({ knowsSelectableFields: false, knowsPolicies: false })

/** Of a server of this version, such as `v1.34.4+k3s1`. */
export function toAbilities(gitVersion: string): ServerAbilities {
  const [, major, minor] = /^v(\d+)\.(\d+)/.exec(gitVersion) ?? []
  return major === '1' && Number(minor) < 30 ? oldServer : newServer
}
