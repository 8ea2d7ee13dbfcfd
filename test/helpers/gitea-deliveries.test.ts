import { expect, test } from 'vitest'
import { parseDeliveries } from './gitea-deliveries.ts'

const uuids = ['91363744-cb04-4dd2-bd0e-bf18c6220792', '1dd1be3e-a51a-40a8-9dc0-7335976580b3'] as const

/** One item as Gitea 1.26 writes it, without what is not looked at. */
const renderItem = (colour: string, uuid: string, label: string): string => `
  <span class="tw-text-${colour}"><svg></svg></span>
  <button class="btn" data-panel="#info-7">${uuid}</button>
  <a class="item" data-tab="response-7">Response ${label}</a>
  <pre>the answer's own words: tw-text-red "${uuid}"</pre>`

test.each([
  ['green', '<span class="ui green label">204</span>', { state: 'Succeeded', status: 204 }],
  ['red', '<span class="ui red label">503</span>', { state: 'Failed', status: 503 }],
  ['red', '<span class="ui red label">0</span>', { state: 'Failed', status: 0 }],
  ['red', '<span class="ui label">-</span>', { state: 'Waiting', status: undefined }],
  ['orange', '<span class="ui label">-</span>', { state: 'Waiting', status: undefined }],
])('%s with %s', (colour, label, wanted) => {
  expect(parseDeliveries(renderItem(colour, uuids[0], label))).toEqual([{ uuid: uuids[0], ...wanted }])
})

test('each item gets its own answer', () => {
  const page = [
    renderItem('red', uuids[0], '<span class="ui red label">500</span>'),
    renderItem('green', uuids[1], '<span class="ui green label">200</span>'),
  ].join('\n')
  expect(parseDeliveries(page)).toMatchObject([
    { uuid: uuids[0], status: 500 },
    { uuid: uuids[1], status: 200 },
  ])
})
