import process from 'node:process'
import { GitHttpServer } from '../git-http-server.ts'

// A process of its own: a test that waits in kubectl serves nothing meanwhile.
const [folder = '.'] = process.argv.slice(2)
const server = new GitHttpServer(folder)
await server.start()
console.log(`serving ${server.url('')}`)
