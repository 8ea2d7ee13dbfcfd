import { createReadStream, existsSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename, join } from 'node:path'
import process from 'node:process'

// A process of its own: a test that waits in kubectl serves nothing meanwhile.
const [folder = '.'] = process.argv.slice(2)
const server = createServer((request, response) => {
  const path = join(folder, basename(request.url ?? '/'))
  if (!existsSync(path)) return void response.writeHead(404).end()
  return void createReadStream(path).pipe(response)
})
server.listen(0, '127.0.0.1', () => console.log(`serving http://127.0.0.1:${(server.address() as AddressInfo).port}`))
