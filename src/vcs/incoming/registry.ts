import { bitbucket } from './bitbucket.ts'
import { generic } from './generic.ts'
import { gitea } from './gitea.ts'
import { github } from './github.ts'
import { gitlab } from './gitlab.ts'
import type { IncomingProvider } from './provider.ts'

export const incomingProviders: readonly IncomingProvider[] = Object.freeze([github, gitlab, bitbucket, gitea, generic])
