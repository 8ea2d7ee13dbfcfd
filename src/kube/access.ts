import type { Agent } from 'node:http'

/** How to be let in: read anew each minute, because tokens and certificates are rotated on disk. */
export interface Access {
  readonly tls: TlsMaterial
  readonly headers: Readonly<Record<string, string>>
  /** Only where a proxy stands between; else the connection keeps its own pool. */
  readonly proxy?: Agent
}

export interface TlsMaterial {
  readonly ca?: string | Buffer
  readonly cert?: string | Buffer
  readonly key?: string | Buffer
  readonly servername?: string
  readonly rejectUnauthorized?: boolean
}

export interface AccessSource {
  readonly server: URL
  /** The namespace of the context, or of this pod. */
  readonly namespace: string
  /** `anew` asks for credentials that were not handed out before: the last ones were refused. */
  read(anew: boolean): Promise<Access>
}
