// Walks every page of the demo, at two widths and in both themes: no errors, nobody else is asked, no axe-core
// violations, no sideways scrolling. Leaves pictures in `screenshots/`.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { DESK, PHONE, launch, named, picture, visit } from './stage/browser.js';
import { checks, faintest, openAll, plain } from './stage/checks.js';
import { brokenLinks, crawl } from './stage/crawl.js';
import { demo } from './stage/server.js';

/** Kinds of pages that links of the demo lead to. */
const KINDS = ['boards', 'board', 'sprint-active', 'sprint-closed', 'sprint-future', 'sources', 'rejected'];

let browser;
let server;
let found;

before(async () => {
  [browser, server] = await Promise.all([launch(), demo('--seed', '1')]);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

test('every page that a link leads to opens without an error', async (t) => {
  found = await crawl(browser, server.address);
  t.diagnostic(`${found.visited} pages, ${found.links.size} links`);
  assert.deepEqual(
    KINDS.filter((kind) => !found.examples.has(kind)),
    [],
    'no link leads to these',
  );
  assert.deepEqual(found.problems, []);
});

test('no link is broken', async () => {
  assert.deepEqual(await brokenLinks(found.links), []);
});

describe('at every width and in every theme', () => {
  const views = [
    ...KINDS.map((kind) => [kind, () => found.examples.get(kind)]),
    ['sprint-issues', () => `${found.examples.get('sprint-active')}&unit=issues`],
    ['sprint-behind', () => `${found.examples.get('sprint-active')}&show=committed`],
    ['boards-none-found', () => `${server.address}/?q=nothing+is+called+so`],
    ['not-found', () => `${server.address}/sprints/acme/none`, { status: 404 }],
    ['bad-question', () => `${server.address}/?page=none`, { status: 400 }],
  ];
  for (const [kind, address, more] of views) {
    for (const size of [PHONE, DESK]) {
      for (const theme of ['light', 'dark']) {
        const name = named(kind, size, theme);
        test(name, async () => {
          const here = await visit(browser, address(), { size, theme, still: true, ...more });
          const problems = await plain(here.page);
          await picture(here.page, name);
          // What is folded is checked as well.
          await openAll(here.page);
          problems.push(...(await checks(here.page)));
          assert.deepEqual([...problems, ...(await here.end())], []);
        });
      }
    }
  }
});

describe('a number that has just changed', () => {
  for (const theme of ['light', 'dark']) {
    test(`can be read while it flashes, ${theme}`, async () => {
      for (const kind of ['boards', 'board', 'sprint-active', 'sources']) {
        const here = await visit(browser, found.examples.get(kind), { theme });
        assert.deepEqual(await faintest(here.page), [], kind);
        await here.end();
      }
    });
  }
});
