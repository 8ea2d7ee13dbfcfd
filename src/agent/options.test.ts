import { describe, expect, it } from 'vitest'
import { parseCloneOptions, parseShipOptions } from './options.ts'

const cloneOptions = {
  repository: 'https://h/x',
  commit: 'abcdef0',
  workspace: '/workspace',
  commitFile: '/c8s/commit',
}

describe('the options of the agent', () => {
  it('are taken as admission wrote them', () => {
    const whole = { ...cloneOptions, depth: 0, submodules: true, branch: 'main', requiredBranches: ['main'] }
    expect(parseCloneOptions(JSON.stringify(whole))).toEqual(whole)
    expect(parseShipOptions('{"logPath":"/c8s/log"}')).toEqual({ logPath: '/c8s/log' })
  })

  it('have a depth of one commit and no submodules unless they say so', () => {
    expect(parseCloneOptions(JSON.stringify(cloneOptions))).toEqual({ ...cloneOptions, depth: 1, submodules: false })
  })

  it.each([
    [undefined, 'C8S_CLONE_OPTIONS must hold a JSON object'],
    ['', 'C8S_CLONE_OPTIONS must hold a JSON object'],
    ['null', 'C8S_CLONE_OPTIONS must hold a JSON object'],
    ['[]', 'C8S_CLONE_OPTIONS must hold a JSON object'],
    ['{}', 'C8S_CLONE_OPTIONS: repository must be a text'],
    [JSON.stringify({ ...cloneOptions, commit: 5 }), 'C8S_CLONE_OPTIONS: commit must be a text'],
  ])('are refused when they are %j', (text, message) => {
    expect(() => parseCloneOptions(text)).toThrow(message)
  })

  it('never repeats what it was given', () => {
    expect(() => parseShipOptions('{"logPath": hunter2}')).toThrow(/^C8S_SHIP_OPTIONS must hold a JSON object$/)
  })
})
