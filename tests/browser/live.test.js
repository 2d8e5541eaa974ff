// A change that is appended to the source is on the open pages without a reload, and disturbs nobody who reads them.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { all, ask, sprintPage } from './stage/api.js';
import { POINTS, generated, reestimated } from './stage/archive.js';
import { launch, visit } from './stage/browser.js';
import { becomes, quantile, refreshes, settled, settleIn } from './stage/open.js';
import { configure, folder, run, synced } from './stage/server.js';

const CHANGES = 20;

let here;
let archive;
let browser;
let server;
/** An active sprint, one of another board, and an issue that counts in the first. */
let sprint;
let other;
let record;

before(async () => {
  here = await folder('live');
  archive = await generated(here, '--seed', '5', '--boards', '3', '--sprints', '4', '--issues', '200');
  await synced(here);
  [browser, server] = await Promise.all([launch(), run(here)]);
  const records = await archive.read();
  const recordOf = (item) => records.get(item.issue_id.replace('acme/', ''));
  // An issue that counts, in a status that its board shows, and that the board estimates by this field.
  const fits = (item) => {
    const { counted, committed, final_scope_points: points } = item;
    return counted && committed && points > 0 && Number(recordOf(item)?.fields[POINTS]) === points;
  };
  const active = await all(server.address, '/sprints?state=active');
  for (const candidate of active) {
    const items = await all(server.address, `/sprints/${candidate.sprint_id}/items?outcome=not_completed`);
    const item = items.find(fits);
    if (!item) continue;
    [sprint, record] = [candidate, recordOf(item)];
    other = active.find(({ board_id: board }) => board !== sprint.board_id);
    break;
  }
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const SCOPE = '[data-live="report"] [data-number="final_scope_points"]';

/** Estimates the issue anew by `more` points. Returns the sprint's scope then, and when the file said so. */
async function change(more) {
  const { points } = await ask(server.address, `/sprints/${sprint.sprint_id}/report`);
  record = reestimated(record, Number(record.fields[POINTS]) + more);
  await archive.append(record);
  return { scope: Math.round((points.final_scope + more) * 1e6) / 1e6, at: Date.now() };
}

test('a change is on every open page that shows it, and on no other', async () => {
  const pages = {
    sprint: [sprintPage(sprint), SCOPE],
    board: [
      `/boards/${sprint.board_id}`,
      `[data-live="sprints"] [data-sprint="${sprint.sprint_id}"] [data-number="final_scope_points"]`,
    ],
    boards: ['/', `.running[data-sprint="${sprint.sprint_id}"] [data-number="final_scope_points"]`],
  };
  const visits = {};
  for (const [name, [path]] of Object.entries(pages)) visits[name] = await visit(browser, `${server.address}${path}`);
  const elsewhere = await visit(browser, `${server.address}${sprintPage(other)}`);
  const before = await refreshes(elsewhere.page);
  const entries = Number(await visits.sprint.page.locator('[data-number="entries"]').getAttribute('data-value'));

  const { scope } = await change(2);
  for (const [name, [, selector]] of Object.entries(pages)) await becomes(visits[name].page, selector, scope);

  await becomes(visits.sprint.page, '[data-number="entries"]', entries + 1);
  const drawn = visits.sprint.page.locator('[data-live="burndown"] script[type="application/json"]');
  const { points } = JSON.parse(await drawn.textContent());
  assert.equal(points.at(-1).scope, scope, 'the chart has the new scope');
  assert.equal(await refreshes(elsewhere.page), before, 'a sprint that has not changed is left alone');
  for (const one of [...Object.values(visits), elsewhere]) assert.deepEqual(await one.end(), []);
});

test('whoever reads the page is not disturbed', async () => {
  const reader = await openSprint();
  const { page } = reader;
  await settleIn(page);
  const [before, count] = [await settled(page), await refreshes(page)];
  assert.deepEqual(
    { ...before, scroll: before.scroll > 0 },
    { loads: 1, sameDocument: true, sameFocus: true, sameTable: true, open: true, scroll: true },
  );
  for (const more of [1, 3, -2]) await becomes(page, SCOPE, (await change(more)).scope);
  assert.deepEqual(await settled(page), before, 'document, focus, open table and scroll position are as they were');
  assert.ok((await refreshes(page)) >= count + 3, 'the page says that it was refreshed');
  assert.deepEqual(await reader.end(), []);
});

test(`${CHANGES} changes, from the file to the page`, async (t) => {
  const reader = await openSprint();
  const { page } = reader;
  const took = [];
  for (let number = 0; number < CHANGES; number += 1) {
    const { scope, at } = await change(number % 2 === 0 ? 1 : -1);
    took.push((await becomes(page, SCOPE, scope)) - at);
  }
  const [middle, most, worst] = [0.5, 0.99, 1].map((part) => Math.round(quantile(took, part)));
  t.diagnostic(`from the file to the page: p50 ${middle} ms, p99 ${most} ms, worst ${worst} ms`);
  assert.deepEqual(await reader.end(), []);
});

test('a server that was away is found again, with what changed meanwhile', async () => {
  const reader = await openSprint();
  const { page } = reader;
  await settleIn(page);
  const before = await settled(page);
  const { points } = await ask(server.address, `/sprints/${sprint.sprint_id}/report`);
  const state = (name) => page.waitForSelector(`#live[data-state="${name}"]`);
  await state('connected');

  // That nobody answers is an error on the console, as it should be.
  reader.watching = false;
  const { port } = server;
  await server.stop();
  await state('reconnecting');
  assert.match(await page.locator('#live').innerText(), /reconnecting/);
  record = reestimated(record, Number(record.fields[POINTS]) + 5);
  await archive.append(record);
  await configure(here, { port });
  server = await run(here);

  await becomes(page, SCOPE, Math.round((points.final_scope + 5) * 1e6) / 1e6);
  await state('connected');
  assert.deepEqual(await settled(page), before, 'the page is the same one');
  assert.deepEqual(reader.problems, []);
  await reader.end();
});

async function openSprint() {
  const reader = await visit(browser, `${server.address}${sprintPage(sprint)}`);
  await reader.page.waitForSelector('#live[data-state="connected"]');
  return reader;
}
