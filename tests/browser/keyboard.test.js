// Whoever has a keyboard alone sees where the focus is, is caught nowhere, and reaches all there is.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { all, sprintPage } from './stage/api.js';
import { DESK, PHONE, launch, visit } from './stage/browser.js';
import { demo } from './stage/server.js';

/** How many times Tab is pressed at most. */
const STEPS = 50;

let browser;
let server;
const pages = {};

before(async () => {
  [browser, server] = await Promise.all([launch(), demo('--boards', '2')]);
  const [sprint] = await all(server.address, '/sprints?state=active');
  Object.assign(pages, {
    boards: '/',
    board: `/boards/${sprint.board_id}`,
    sprint: sprintPage(sprint),
    sources: '/sources',
    rejected: '/rejected',
  });
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** What has the focus, and what is wrong with how it shows. */
function focused(page) {
  return page.evaluate(() => {
    const element = document.activeElement;
    if (!element || element === document.body) return null;
    window.visited ??= [];
    if (!window.visited.includes(element)) window.visited.push(element);
    const name = `${element.localName}.${element.className} "${element.textContent.trim().slice(0, 30)}"`;
    const problems = [];
    const { outlineStyle: style, outlineWidth: width, outlineColor: colour } = getComputedStyle(element);
    if (style === 'none' || parseFloat(width) < 2 || /, 0\)$/.test(colour)) problems.push('no outline');
    // What wraps has its middle between its lines; what is larger than the window is in sight where it begins.
    const { left, right, top, bottom } = element.getClientRects()[0] ?? element.getBoundingClientRect();
    const { innerWidth, innerHeight } = window;
    if (bottom <= 0 || top >= innerHeight || right <= 0 || left >= innerWidth) problems.push('out of sight');
    const within = (value, most) => Math.min(Math.max(value, 0), most - 1);
    const seen = document.elementFromPoint(
      within((left + right) / 2, innerWidth),
      within((top + bottom) / 2, innerHeight),
    );
    if (!seen || !(element.contains(seen) || seen.contains(element))) {
      problems.push(`covered by ${seen?.localName}.${seen?.className}`);
    }
    return { index: window.visited.indexOf(element), name, problems };
  });
}

describe('Tab', () => {
  for (const name of ['boards', 'board', 'sprint', 'sources', 'rejected']) {
    for (const size of [PHONE, DESK]) {
      test(`goes through ${name}, ${size.width} pixels wide`, async () => {
        const here = await visit(browser, `${server.address}${pages[name]}`, { size });
        const { page } = here;
        const problems = [];
        let before = -1;
        for (let step = 0; step < STEPS; step += 1) {
          await page.keyboard.press('Tab');
          const found = await focused(page);
          if (!found) break;
          if (step === 0) assert.match(found.name, /^a\.skip/, 'the first one is the link that skips the navigation');
          if (found.index <= before) problems.push(`${found.name} again: the focus is caught`);
          problems.push(...found.problems.map((problem) => `${found.name}: ${problem}`));
          before = found.index;
        }
        assert.ok(before > 4, 'there is something to go through');
        assert.deepEqual([...problems, ...(await here.end())], []);
      });
    }
  }

  test('and Enter skip the navigation', async () => {
    const here = await visit(browser, `${server.address}/`);
    await here.page.keyboard.press('Tab');
    await here.page.keyboard.press('Enter');
    assert.equal(await here.page.evaluate(() => document.activeElement.id), 'main');
    await here.page.keyboard.press('Tab');
    assert.equal(await here.page.evaluate(() => document.activeElement.closest('main') !== null), true);
    assert.deepEqual(await here.end(), []);
  });
});

test('the arrow keys read a chart out', async () => {
  for (const name of ['board', 'sprint']) {
    const here = await visit(browser, `${server.address}${pages[name]}`);
    const { page } = here;
    await page.locator('.plot').focus();
    const words = page.locator('.plot-words');
    const heard = [];
    for (const key of ['Home', 'ArrowRight', 'End']) {
      await page.keyboard.press(key);
      heard.push(await words.textContent());
    }
    assert.equal(new Set(heard).size, heard.length, `each point has words of its own: ${heard}`);
    assert.ok(
      heard.every((text) => /\d/.test(text)),
      `${heard}`,
    );
    assert.equal(await page.locator('.tooltip').isVisible(), true);
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('.tooltip').isVisible(), false, 'Escape hides what covers the chart');
    assert.deepEqual(await here.end(), []);
  }
});

test('the colours can be chosen, and stay chosen', async () => {
  const here = await visit(browser, `${server.address}${pages.sprint}`, { theme: 'light' });
  const { page } = here;
  const paper = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await paper();
  const button = page.getByRole('button', { name: /Colours/ });
  for (const choice of ['light', 'dark']) {
    await button.click();
    assert.match(await button.textContent(), new RegExp(choice));
  }
  const dark = await paper();
  assert.notEqual(dark, light);
  assert.equal(await page.locator('figure[data-chart]').getAttribute('data-drawn'), 'true', 'the chart is drawn anew');
  assert.equal(await page.locator('.plot canvas').count(), 1, 'and once');
  await page.reload();
  assert.equal(await paper(), dark);
  const problems = await here.end();
  assert.deepEqual(
    problems.filter((problem) => !/events.* net::ERR_ABORTED/.test(problem)),
    [],
  );
});
