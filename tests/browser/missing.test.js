// Pages of installations of which something is missing: no sprints, one sprint, no history, no boards, nothing at all.
// What is not known is never shown as a number.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { all, ask } from './stage/api.js';
import { written } from './stage/archive.js';
import { DESK, PHONE, launch, named, picture, visit } from './stage/browser.js';
import { checks, openAll, plain } from './stage/checks.js';
import { MISSING } from './stage/hostile.js';
import { numbers } from './stage/numbers.js';
import { folder, run, synced } from './stage/server.js';

let browser;

before(async () => {
  browser = await launch();
});

after(async () => {
  await browser?.close();
});

/** Without a history these are not known. */
const OF_HISTORY = ['committed', 'added', 'removed', 'reestimated'];

/** Numbers that are not known and are shown as if they were. */
function invented(found) {
  return found
    .filter(({ value, text }) => value === 'null' && /\d/.test(text))
    .map(({ name, text }) => `${name} is not known and reads ${text}`);
}

for (const [name, { archive, pages }] of Object.entries(MISSING)) {
  describe(name, () => {
    let server;

    before(async () => {
      const here = await folder(name);
      await written(here, archive);
      await synced(here);
      server = await run(here);
    });

    after(() => server?.stop());

    for (const path of pages) {
      for (const size of [PHONE, DESK]) {
        const kind = path === '/' ? 'boards' : path.slice(1).replace(/\/acme\/|[?=]/g, '-');
        const title = named(`${name}-${kind}`, size, 'light');
        test(title, async () => {
          const here = await visit(browser, `${server.address}${path}`, { size });
          const problems = [...(await plain(here.page)), ...invented(await numbers(here.page))];
          await picture(here.page, title);
          await openAll(here.page);
          problems.push(...(await checks(here.page)));
          assert.deepEqual([...problems, ...(await here.end())], []);
        });
      }
    }

    if (name === 'no-history') test('what a history would tell is unknown', () => unknown(server.address));
    if (name === 'future-only')
      test('a sprint that has not started has no numbers yet', () => notStarted(server.address));
    if (name === 'one-sprint') test('a sprint without issues divides by nothing', () => nothingDivided(server.address));
  });
}

async function unknown(address) {
  const { points, issues } = await ask(address, '/sprints/acme/10/report');
  assert.deepEqual(
    OF_HISTORY.map((what) => [points[what], issues[what]]),
    OF_HISTORY.map(() => [null, null]),
  );
  for (const unit of ['points', 'issues']) {
    const here = await visit(browser, `${address}/sprints/acme/10?unit=${unit}`);
    const found = (await numbers(here.page)).filter(({ part }) => part === 'report');
    for (const what of OF_HISTORY.flatMap((what) => [`${what}_points`, `${what}_issues`])) {
      const [number, ...more] = found.filter((one) => one.name === what);
      assert.deepEqual([number?.value, number?.text, more.length], ['null', 'unknown', 0], what);
    }
    assert.match(await here.page.locator('main').innerText(), /history missing/i);
    assert.ok((await here.page.locator('.notice[data-mark]').count()) > 0, 'a notice says so above the numbers');
    assert.deepEqual(await here.end(), []);
  }
  const behind = await visit(browser, `${address}/sprints/acme/10?show=added`);
  assert.match(await behind.page.locator('[data-live="items"]').innerText(), /unknown/i);
  assert.match(
    await behind.page.locator('.filtered').innerText(),
    /unknown/i,
    'how many issues are behind an unknown number is unknown',
  );
  await behind.end();
}

async function notStarted(address) {
  for (const path of ['/boards/acme/1', '/sprints/acme/10']) {
    const here = await visit(browser, `${address}${path}`);
    const found = (await numbers(here.page)).filter(({ part }) =>
      ['report', 'sprints', 'burndown', 'ledger'].includes(part),
    );
    assert.deepEqual(found, [], path);
    assert.match(await here.page.locator('main').innerText(), /not started/);
    await here.end();
  }
  const items = await all(address, '/sprints/acme/10/items');
  assert.deepEqual(
    items.map(({ outcome }) => outcome),
    ['planned', 'planned'],
  );
}

async function nothingDivided(address) {
  const here = await visit(browser, `${address}/sprints/acme/10`);
  for (const name of ['delivery_ratio_points', 'completion_rate_points', 'scope_change_net_points']) {
    const [ratio] = (await numbers(here.page)).filter((number) => number.name === name);
    assert.deepEqual([ratio.value, ratio.text], ['null', '–not known']);
  }
  assert.deepEqual(await here.end(), []);
}
