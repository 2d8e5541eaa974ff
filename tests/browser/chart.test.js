// What is written in the charts' pictures is true, and can be read.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { all, ask, sprintPage } from './stage/api.js';
import { DESK, PHONE, launch, visit } from './stage/browser.js';
import { illegible, listen, written } from './stage/canvas.js';
import { demo } from './stage/server.js';

const HOUR = 3_600_000;

/** As far as a pixel and a rounded label may put an instant: these hours sooner or later. */
const NEAR = [-1, -0.5, 0, 0.5, 1].map((hours) => hours * HOUR);

let browser;
let server;

before(async () => {
  [browser, server] = await Promise.all([launch(), demo('--seed', '1')]);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

async function chartOf(path, size) {
  const here = await visit(browser, `${server.address}${path}`, { size, before: listen });
  const found = await written(here.page);
  assert.deepEqual(await here.end(), []);
  assert.ok(found.words.length > 3, `something is written: ${JSON.stringify(found)}`);
  return found;
}

/** An instant's day and hour as the page's reader says them: Berlin, British English. */
const inBerlin = (options) => new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Berlin', ...options });
const dayOf = inBerlin({ day: 'numeric', month: 'short' });
const hourOf = inBerlin({ hour: '2-digit', minute: '2-digit' });

/** Whether a label of the time axis is true where it stands: a day at its beginning or, the first one, within it. */
function isTrue(text, at, first) {
  if (first && dayOf.format(at) === text) return true;
  const [before, after] = [NEAR.at(0), NEAR.at(-1)];
  if (!/^\d\d:\d\d$/.test(text)) return dayOf.format(at + after) === text && dayOf.format(at + before) !== text;
  return NEAR.some((near) => hourOf.format(at + near).slice(0, 2) === text.slice(0, 2)) && text.endsWith(':00');
}

/** Where the keyboard finds the first point of a chart, in pixels of its picture. */
async function firstPoint(page) {
  await page.locator('.plot').focus();
  await page.keyboard.press('Home');
  return page.evaluate(() => {
    const [cursor, canvas] = ['.u-cursor-x', '.plot canvas'].map((name) => document.querySelector(name));
    return cursor.getBoundingClientRect().left - canvas.getBoundingClientRect().left;
  });
}

test('the time axis of a burndown is right', async () => {
  for (const sprint of await all(server.address, '/sprints?state=active')) {
    const burndown = await ask(server.address, `/sprints/${sprint.sprint_id}/burndown`);
    const here = await visit(browser, `${server.address}${sprintPage(sprint)}`, { before: listen });
    const { words } = await written(here.page);
    // Two instants whose places are known; all others lie on the line through them.
    const planned = words.find(({ text }) => text === 'planned end');
    const places = [await firstPoint(here.page), planned.anchor + (planned.align === 'right' ? 3 : -3)];
    const [first, end] = [burndown.points[0].at, sprint.planned_end_at].map((at) => Date.parse(at));
    const at = (pixel) => first + ((pixel - places[0]) * (end - first)) / (places[1] - places[0]);
    const axis = words.filter(({ text }) => /^\d\d? [A-Z][a-z]{2,3}$|^\d\d:\d\d$/.test(text));
    assert.ok(axis.length > 3, `${sprint.sprint_name}: ${words.map(({ text }) => text)}`);
    const wrong = axis.filter(({ text, anchor }, index) => !isTrue(text, at(anchor), index === 0));
    const place = ({ anchor }) => `${dayOf.format(at(anchor))} ${hourOf.format(at(anchor))}`;
    const told = wrong.map((label) => `"${label.text}" stands at ${place(label)}`);
    assert.deepEqual([...told, ...(await here.end())], [], sprint.sprint_name);
  }
});

test('what is written in charts can be read', async () => {
  const sprints = await all(server.address, '/sprints');
  const closed = sprints.filter(({ state }) => state === 'closed').slice(0, 4);
  const active = sprints.filter(({ state }) => state === 'active');
  const boards = await all(server.address, '/boards');
  const pages = [
    ...[...active, ...closed].map((sprint) => sprintPage(sprint)),
    ...boards.slice(0, 2).map(({ board_id: id }) => `/boards/${id}`),
  ];
  const problems = [];
  for (const path of pages) {
    for (const size of [PHONE, DESK]) {
      const found = await chartOf(path, size);
      problems.push(...illegible(found).map((problem) => `${path} ${size.width}: ${problem}`));
    }
  }
  assert.deepEqual(problems, []);
});

test('a chart that gets more or less room is drawn as if it always had', async () => {
  for (const path of ['/boards/acme/1', sprintPage((await all(server.address, '/sprints?state=closed'))[0])]) {
    for (const [from, to] of [
      [PHONE, DESK],
      [DESK, PHONE],
    ]) {
      const wanted = await chartOf(path, to);
      const here = await visit(browser, `${server.address}${path}`, { size: from, before: listen });
      await here.page.setViewportSize(to);
      await here.page.waitForFunction((width) => document.querySelector('.plot canvas').width === width, wanted.width);
      const found = await written(here.page);
      const said = ({ words }) =>
        words
          .map(({ text }) => text)
          .sort()
          .join(' ');
      assert.equal(said(found), said(wanted), `${path}: from ${from.width} to ${to.width}`);
      await here.end();
    }
  }
});

test('a velocity chart names every sprint that there is room for', async () => {
  const { words } = await chartOf('/boards/acme/1', DESK);
  assert.match(words.map(({ text }) => text).join(' '), /1 2 3 4 5 6 7/, 'the seven closed sprints of the demo');
});
