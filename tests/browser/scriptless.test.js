// Without scripts every page has its numbers, tables and links, and the charts' tables.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { all, sprintPage } from './stage/api.js';
import { generated } from './stage/archive.js';
import { DESK, PHONE, launch, named, picture, visit } from './stage/browser.js';
import { plain } from './stage/checks.js';
import * as expected from './stage/expected.js';
import { differences, numbers } from './stage/numbers.js';
import { folder, run, synced } from './stage/server.js';

/** Without scripts nobody knows the reader's time zone. */
const INSTANT = /^\d{4}-\d\d-\d\d( \d\d:\d\d UTC)?$/;

let browser;
let server;
let chosen;

before(async () => {
  const here = await folder('scriptless');
  await generated(here, '--seed', '3', '--boards', '2', '--sprints', '4', '--issues', '120');
  await synced(here);
  [browser, server] = await Promise.all([launch(), run(here)]);
  chosen = await expected.chosenSprints(server.address);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Opens a page without scripts, checks it and its numbers, and hands it to `more`. */
async function read(path, of, more = async () => {}, size = DESK) {
  const here = await visit(browser, `${server.address}${path}`, { scripts: false, size });
  const { page } = here;
  const found = await numbers(page);
  const problems = [...differences(found, of), ...(await plain(page))];
  await more(page, found);
  assert.equal(await page.locator('#theme').isVisible(), false, 'nothing is offered that scripts would have to do');
  assert.match(await page.locator('#live').innerText(), /Reload the page/);
  for (const time of await page.locator('main time').allInnerTexts()) assert.match(time, INSTANT);
  assert.deepEqual([...problems, ...(await here.end())], [], path);
}

/** The chart's place is taken by its table, or by words where there is nothing to draw. */
async function asTable(page, rows) {
  if (rows === 0) {
    assert.equal(await page.locator('figure.chart').count(), 0);
    return;
  }
  assert.equal(await page.locator('.plot').isVisible(), false, 'no empty frame');
  assert.match(await page.locator('figure.chart').innerText(), /the table has the same numbers/);
  const table = page.locator('figure.chart details.behind');
  await table.locator('summary').click();
  assert.equal(await table.locator('tbody tr:visible').count(), rows);
}

const rowsOf = (page, part) => page.locator(`[data-live="${part}"] tbody tr:visible`).count();

describe('numbers, tables and charts', () => {
  test('boards', async () => {
    const { list, of } = await expected.boards(server.address);
    await read('/', of, async (page) => assert.equal(await page.locator('article.board').count(), list.length));
  });

  test('a board', async () => {
    const { velocity, sprints, of } = await expected.board(server.address, 'acme/1');
    await read('/boards/acme/1', of, async (page) => {
      assert.equal(await rowsOf(page, 'sprints'), sprints.length);
      await asTable(page, velocity.length);
      await picture(page, named('board-without-scripts', DESK, 'light'));
    });
  });

  for (const state of ['active', 'closed', 'future']) {
    for (const size of [PHONE, DESK]) {
      test(`${state} sprints, ${size.width} pixels wide`, async () => {
        for (const sprint of chosen.filter((one) => one.state === state)) {
          const { items, ledger, burndown, of } = await expected.sprint(server.address, sprint);
          const more = async (page) => {
            assert.equal(await rowsOf(page, 'items'), items.length);
            if (state === 'future') return;
            assert.equal(await rowsOf(page, 'ledger'), Math.min(100, ledger.length));
            await asTable(page, burndown.points.length);
            await picture(page, named(`sprint-${state}-without-scripts`, size, 'light'));
          };
          await read(sprintPage(sprint), of, more, size);
        }
      });
    }
  }

  test('sources and rejected records', async () => {
    const [source] = await all(server.address, '/sources');
    await read('/sources', await expected.withNavigation(server.address, ({ name }) => source[name]));
    await read(
      '/rejected',
      await expected.withNavigation(server.address, ({ name }) => (name === 'found' ? 0 : undefined)),
    );
  });
});

test('links and forms lead on', async () => {
  const here = await visit(browser, `${server.address}/`, { scripts: false });
  const { page } = here;
  const board = await page.locator('article.board h2').last().innerText();
  await page.getByLabel('Board or sprint').fill(board);
  await page.getByRole('button', { name: 'Filter' }).click();
  assert.deepEqual(await page.locator('article.board h2').allInnerTexts(), [board]);
  await page.getByRole('link', { name: board }).click();
  assert.equal(await page.locator('h1').innerText(), board);
  await page.getByRole('navigation', { name: 'State' }).getByRole('link', { name: 'closed', exact: true }).click();
  assert.deepEqual([...new Set(await page.locator('[data-live="sprints"] tbody td > .chip').allInnerTexts())], ['closed']);
  await page.locator('[data-live="sprints"] tbody th a').first().click();
  await page.getByRole('navigation', { name: 'Unit' }).getByRole('link', { name: 'Issues' }).click();
  await page.locator('[data-term="completed"] .term-first a').click();
  assert.equal(new URL(page.url()).hash, '#items');
  const count = Number(await page.locator('[data-term="completed"] .term-first .number').getAttribute('data-value'));
  assert.equal(await rowsOf(page, 'items'), count);
  await page.getByRole('link', { name: 'Show all issues' }).click();
  assert.equal(await page.locator('.filtered').count(), 0);
  assert.deepEqual(await here.end(), []);
});
